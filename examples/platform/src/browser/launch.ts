import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright-core'

const home = fileURLToPath(new URL('../../', import.meta.url))
const SYSTEM_CHROMIUM = '/usr/bin/chromium'
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * Starts a headless Chromium: the system's if there is one, else the one in the package `@sparticuz/chromium`, which brings
 * its libraries, so that Linux needs nothing installed. Where that one cannot run, it starts Chrome.
 */
export async function launchBrowser(): Promise<Browser> {
  if (existsSync(SYSTEM_CHROMIUM)) return chromium.launch({ executablePath: SYSTEM_CHROMIUM, args: FLAGS })
  if (`${process.platform} ${process.arch}` !== 'linux x64') return chromium.launch({ channel: 'chrome', args: FLAGS })
  const folder = await unpacked()
  return chromium.launch({
    executablePath: join(folder, 'chromium'),
    args: FLAGS,
    env: {
      ...process.env,
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
      LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
    },
  })
}

/**
 * Unpacks the browser on the first run, and returns its folder. A process of its own unpacks it, since a program cannot be
 * started while the process that starts it still has its file open. The folder is moved into place as a whole, so that two
 * first runs at the same time do not disturb each other.
 */
async function unpacked(): Promise<string> {
  const carrier = await readFile(join(home, 'node_modules/@sparticuz/chromium/package.json'), 'utf8')
  const { version } = JSON.parse(carrier) as { version: string }
  const cache = join(home, 'node_modules/.cache')
  const folder = join(cache, `chromium-${version}`)
  if (existsSync(folder)) return folder
  await mkdir(cache, { recursive: true })
  const fresh = await mkdtemp(join(cache, 'unpacking-'))
  const script = `import chromium from '@sparticuz/chromium'; await chromium.executablePath()`
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: home,
    // The package unpacks its libraries only where it believes to be on AWS Lambda.
    env: { ...process.env, TMPDIR: fresh, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' },
  })
  await writeFile(join(fresh, 'fonts.conf'), fontConfig(join(folder, 'fonts')))
  await rename(fresh, folder).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    await rm(fresh, { recursive: true })
  })
  return folder
}

/** Text in the font of the package, everything else in those of the system: the same pictures on every machine. */
function fontConfig(fonts: string): string {
  const families = ['system-ui', 'sans-serif'].map(
    name => `<alias binding="same"><family>${name}</family><prefer><family>Open Sans</family></prefer></alias>`,
  )
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${fonts}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${fonts}/cache</cachedir>
  ${families.join('\n  ')}
</fontconfig>
`
}

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
 * Starts a headless Chromium: the one that `@sparticuz/chromium` carries, with the libraries that it carries as well, so that
 * a Linux machine needs nothing installed; the system's where there is one, and Chrome where the carried one cannot run.
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
 * The folder with the unpacked browser. Unpacked once for all later runs, by a process of its own (a file that the process
 * which starts it still holds open cannot be run), and put in place whole, so that parallel first runs cannot meet.
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
    // The libraries are unpacked only for AWS Lambda, whose system has none of them either.
    env: { ...process.env, TMPDIR: fresh, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' },
  })
  await writeFile(join(fresh, 'fonts.conf'), fontConfig(join(folder, 'fonts')))
  await rename(fresh, folder).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    await rm(fresh, { recursive: true })
  })
  return folder
}

/** The browser's own font for text, the system's for the rest: the same pictures on every machine. */
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

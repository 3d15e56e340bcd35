import { execFile } from 'node:child_process'
import { mkdir, readFile, realpath, rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { link, type Sandbox, sandbox } from './child.ts'

const run = promisify(execFile)
const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))
const TSC = fileURLToPath(new URL('../../../../node_modules/typescript/bin/tsc', import.meta.url))

/**
 * A sandbox whose node_modules holds the package as it was built last and as it ships, unpacked once for each name, beside
 * pino and eventemitter3.
 */
export async function unpacked(...names: string[]): Promise<Sandbox> {
  const box = await sandbox()
  try {
    await unpack(box.dir, names)
    return box
  } catch (error) {
    await box.remove()
    throw error
  }
}

async function unpack(dir: string, names: readonly string[]): Promise<void> {
  await pnpm('pack', '--pack-destination', dir)
  const { version } = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8'))
  for (const name of names) {
    await run('tar', ['-xzf', join(dir, `runtime-wedge-core-${version}.tgz`), '-C', dir])
    const target = join(dir, 'node_modules', name)
    await mkdir(dirname(target), { recursive: true })
    await rename(join(dir, 'package'), target)
  }
  await link(dir, 'pino', 'eventemitter3')
}

/** Compiles a project of `dir` with the workspace's TypeScript. @returns what the compiler has to say: `''` if all is well */
export async function compile(dir: string, project: string): Promise<string> {
  try {
    await run(process.execPath, [TSC, '-p', project], { cwd: dir })
    return ''
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

/** The pnpm that runs this, if one does: a fresh `npx` may have to ask a registry. */
async function pnpm(...args: string[]): Promise<void> {
  const { npm_execpath: path = '' } = process.env
  const options = { cwd: PACKAGE }
  if (!basename(path).startsWith('pnpm')) await run('npx', ['-y', 'pnpm@12', ...args], options)
  else if (/\.[cm]?js$/.test(path)) await run(process.execPath, [await realpath(path), ...args], options)
  else await run(path, args, options)
}

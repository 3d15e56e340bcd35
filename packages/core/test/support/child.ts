import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))

/** A folder of its own outside the workspace, removed by `remove`. */
export interface Sandbox {
  readonly dir: string
  remove(): Promise<void>
}

export async function sandbox(): Promise<Sandbox> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'runtime-wedge-')))
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) }
}

/** Makes `dir/node_modules/<name>` the workspace's own package: no registry is asked at test time. */
export async function link(dir: string, ...names: string[]): Promise<void> {
  for (const name of names) {
    const target = join(dir, 'node_modules', name)
    await mkdir(dirname(target), { recursive: true })
    await symlink(await installed(name), target, 'dir')
  }
}

/** Where the workspace has a package: in core's node_modules or in the root's. */
async function installed(name: string): Promise<string> {
  const folders = ['node_modules', '../../node_modules'].map(folder => join(PACKAGE, folder, name))
  return Promise.any(folders.map(folder => realpath(folder)))
}

/** The source as one ES module `file`, beside which pino and eventemitter3 are found. */
export async function bundleSource(file: string, entry = 'src/index.ts'): Promise<void> {
  await build({
    entryPoints: [join(PACKAGE, entry)],
    outfile: file,
    bundle: true,
    format: 'esm',
    target: 'node20',
    external: ['pino', 'eventemitter3'],
    logLevel: 'silent',
  })
}

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `script` as the file `name` of a folder in a Node process of its own, to its end. */
export async function runScript(
  dir: string,
  name: string,
  script: string,
  { flags = [] }: { flags?: string[] } = {},
): Promise<Ended> {
  const file = join(dir, name)
  await writeFile(file, script)
  const { NODE_OPTIONS: _, NODE_V8_COVERAGE: __, ...env } = process.env
  // One that hangs has no exit code, and does not outlive its test.
  const fate = { timeout: 50_000, killSignal: 'SIGKILL' } as const
  const child = spawn(process.execPath, [...flags, file], { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'], ...fate })
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', text => {
      output[stream] += text
    })
  }
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
  return { code, ...output }
}

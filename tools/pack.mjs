// The public packages as their users get them: packed by pnpm, unpacked beside the packages that they depend on.
import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

export const readJson = path => JSON.parse(readFileSync(path, 'utf8'))

/** The folders of the packages that are published, by name. */
export function publicPackages() {
  const folders = readdirSync(join(ROOT, 'packages')).map(name => join(ROOT, 'packages', name))
  const named = folders.map(folder => [readJson(join(folder, 'package.json')), folder])
  return new Map(named.filter(([manifest]) => !manifest.private).map(([{ name }, folder]) => [name, folder]))
}

/** Packs a package as `pnpm publish` would, and returns the tarball's path. Needs a build. */
export function pack(folder, destination) {
  mkdirSync(destination, { recursive: true })
  execFileSync('npx', ['-y', 'pnpm@12', 'pack', '--pack-destination', destination], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [tarball] = readdirSync(destination)
  return join(destination, tarball)
}

/** Unpacks a tarball into `node_modules/<name>` of a sandbox. */
export function unpack(tarball, sandbox, name) {
  const target = join(sandbox, 'node_modules', name)
  const unpacking = mkdtempSync(join(sandbox, 'unpack-'))
  execFileSync('tar', ['-xzf', tarball, '-C', unpacking])
  mkdirSync(dirname(target), { recursive: true })
  renameSync(join(unpacking, 'package'), target)
  rmSync(unpacking, { recursive: true })
}

/** Links what a workspace folder depends on into a sandbox. */
export function link(sandbox, folder, ...names) {
  for (const name of names) {
    const target = join(sandbox, 'node_modules', name)
    mkdirSync(dirname(target), { recursive: true })
    symlinkSync(realpathSync(join(folder, 'node_modules', name)), target)
  }
}

/** Calls `use` with a temporary folder, which is deleted afterwards. */
export async function withSandbox(use) {
  // Some runtimes resolve a module's real path, and compare it with one that goes through a linked /tmp.
  const sandbox = mkdtempSync(join(realpathSync(tmpdir()), 'runtime-wedge-'))
  try {
    return await use(sandbox)
  } finally {
    rmSync(sandbox, { recursive: true, force: true })
  }
}

// Packs every public package and checks the tarball as its consumers resolve it: publint and are-the-types-wrong.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const run = (command, args, cwd) => execFileSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] })
const bin = name => resolve('node_modules/.bin', name)
const packed = mkdtempSync(join(tmpdir(), 'runtime-wedge-pack-'))
let failed = false

try {
  for (const name of readdirSync('packages')) {
    const { private: unpublished } = JSON.parse(readFileSync(`packages/${name}/package.json`, 'utf8'))
    if (unpublished) continue
    const out = join(packed, name)
    run('npx', ['-y', 'pnpm@12', 'pack', '--pack-destination', out], `packages/${name}`)
    const tarball = join(out, readdirSync(out)[0])
    for (const [command, args] of [
      ['publint', ['run', tarball, '--strict']],
      ['attw', [tarball, '--profile', 'esm-only', '--no-emoji']],
    ]) {
      try {
        run(bin(command), args)
      } catch {
        failed = true
      }
    }
  }
} finally {
  rmSync(packed, { recursive: true })
}
process.exitCode = failed ? 1 : 0

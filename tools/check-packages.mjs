// Packs every public package and checks the tarball as its consumers resolve it: publint and are-the-types-wrong.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pack, publicPackages, ROOT, withSandbox } from './pack.mjs'

const CHECKS = [
  ['publint', tarball => ['run', tarball, '--strict']],
  ['attw', tarball => [tarball, '--profile', 'esm-only', '--no-emoji']],
]

await withSandbox(sandbox => {
  for (const [name, folder] of publicPackages()) {
    const tarball = pack(folder, join(sandbox, name))
    for (const [tool, args] of CHECKS) {
      const { status } = spawnSync(join(ROOT, 'node_modules/.bin', tool), args(tarball), { stdio: 'inherit' })
      if (status !== 0) process.exitCode = 1
    }
  }
})

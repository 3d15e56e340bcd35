import { spawnSync } from 'node:child_process'
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { link, pack, publicPackages, ROOT, unpack, withSandbox } from '../pack.mjs'

const CORE = '@runtime-wedge/core'
/** By program, how many lines its log has on stderr. */
const PROGRAMS = { 'own-logger.mjs': 0, 'default-logger.mjs': 1 }

/** Runs the packed core in a Deno that may read no file, no environment and no network. @returns what is wrong */
export function withoutPermissions(deno) {
  return withSandbox(sandbox => {
    unpack(pack(publicPackages().get(CORE), join(sandbox, 'tarballs')), sandbox, CORE)
    link(sandbox, join(ROOT, 'packages/core'), 'eventemitter3', 'pino')
    writeFileSync(join(sandbox, 'package.json'), '{}')
    cpSync(fileURLToPath(new URL('deno', import.meta.url)), sandbox, { recursive: true })
    return Object.entries(PROGRAMS).flatMap(([program, lines]) => {
      const run = spawnSync('npx', ['-y', deno, 'run', '--no-prompt', program], {
        cwd: sandbox,
        env: { ...process.env, NO_COLOR: '1' },
        encoding: 'utf8',
        timeout: 60_000,
      })
      const logged = run.stderr.split('\n').filter(line => line !== '').length
      const isRight = run.status === 0 && run.stdout === 'gone: restart it 1\n' && logged === lines
      return isRight ? [] : [`${program} without permissions: exit ${run.status}\n${run.stdout}${run.stderr}`]
    })
  })
}

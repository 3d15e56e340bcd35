import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { WedgeRegistry } from '@runtime-wedge/core'
import { createGuard, redactSecrets } from '@runtime-wedge/core/guard'
import { runtimeStateFields } from '@runtime-wedge/core/heartbeat'
import { heartbeatBody } from '../dist/heartbeat/body.js'
import { cleaner } from '../dist/heartbeat/clean.js'
import { keep, silent } from './harness.mjs'

const OPS = 64
const DIRECT = 'await of a resolved call'
const GUARDED = 'await of guard.request() of it, with a deadline'

/** What stands around the registry: the guard of a call, the body of a heartbeat, the import. */
export default function work() {
  const registry = new WedgeRegistry({ logger: silent })
  const guard = createGuard(registry.scope('mcp:fs'), { requestDeadlineMs: 60_000 })
  const call = () => Promise.resolve(1)

  const body = wedgedCount => {
    const beating = new WedgeRegistry({ logger: silent, now: () => 1 })
    for (let i = 0; i < wedgedCount; i++)
      beating.scope(`claude:session-${i}`).mark('no answer to initialize: restart it')
    const clean = cleaner(redactSecrets)
    const stats = { error_rate: 0, sample_error: '', active_tasks: 1, current_task: 'review' }
    return {
      ops: OPS,
      run() {
        let n = 0
        for (let i = 0; i < OPS; i++) {
          const snapshot = beating.snapshot()
          n += heartbeatBody({ workspaceId: 'w-1', uptimeSeconds: i, stats, snapshot, leaving: false }, clean).length
        }
        keep(n)
      },
    }
  }
  return {
    title: 'The guard, the heartbeat, the import',
    cases: {
      [DIRECT]: {
        ops: OPS,
        async run() {
          let n = 0
          for (let i = 0; i < OPS; i++) n += await call()
          keep(n)
        },
      },
      [GUARDED]: {
        ops: OPS,
        async run() {
          let n = 0
          for (let i = 0; i < OPS; i++) n += await guard.request(call)
          keep(n)
        },
      },
      'runtimeStateFields(), healthy': {
        ops: OPS,
        run() {
          for (let i = 0; i < OPS; i++) keep(runtimeStateFields(registry))
        },
      },
      'a heartbeat body as JSON, healthy': body(0),
      'a heartbeat body as JSON, one wedged': body(1),
      'a heartbeat body as JSON, fifty wedged': body(50),
      'import of @runtime-wedge/core, a fresh process': { sample: importTime },
    },
    bars: [
      {
        id: 'guard.request',
        text: `${GUARDED}: at most 1,000 ns beyond ${DIRECT}`,
        limit: 1_000,
        value: t => t[GUARDED] - t[DIRECT],
      },
      { id: 'guard.request-ratio', text: `${GUARDED}, in ${DIRECT}`, value: t => t[GUARDED] / t[DIRECT] },
    ],
  }
}

async function importTime() {
  const script =
    'const began = performance.now(); await import("@runtime-wedge/core"); process.stdout.write(String(performance.now() - began))'
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
  })
  return Number(stdout) * 1e6
}

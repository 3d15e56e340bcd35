import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundleSource, link, runScript, type Sandbox, sandbox } from '../support/child.ts'

let box: Sandbox
beforeAll(async () => {
  box = await sandbox()
  await link(box.dir, 'pino', 'eventemitter3')
  await bundleSource(join(box.dir, 'core.mjs'))
  await bundleSource(join(box.dir, 'guard.mjs'), 'src/guard/index.ts')
})
afterAll(() => box.remove())

const SCRIPT = `
  import { getEventListeners } from 'node:events'
  import { WedgeRegistry } from './core.mjs'
  import { createGuard } from './guard.mjs'
  const state = new WedgeRegistry({ logger: { error() {}, warn() {}, info() {} } }).scope('agent')
  const guard = createGuard(state, { requestDeadlineMs: 60_000, firstMessageMs: 60_000, suspectLimit: 3 })
  // The caller's own, for as long as it lives.
  const { signal } = new AbortController()
  const failing = Promise.reject(new Error('rate limit'))
  failing.catch(() => {})

  const round = async count => {
    for (let index = 0; index < count; index += 8)
      await Promise.allSettled([
        guard.request(() => index),
        guard.request(async () => index, { signal }),
        guard.request(() => failing),
        guard.request(call => call.progress(), { signal }),
        guard.request(call => !call.signal.aborted),
        guard.request(call => !call.signal.aborted, { signal }),
        guard.connect(() => index, { connectDeadlineMs: 60_000 }),
        guard.stream(async function* () { yield index }, { signal }).next(),
      ])
  }
  const megabytes = async () => {
    for (let turn = 0; turn < 3; turn++) {
      await new Promise(resolve => setImmediate(resolve))
      gc()
    }
    return process.memoryUsage().heapUsed / 2 ** 20
  }

  await round(20_000)
  const before = await megabytes()
  await round(1_000_000)
  const grown = (await megabytes()) - before
  const timers = process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
  process.stdout.write(JSON.stringify({ grown, timers, listeners: getEventListeners(signal, 'abort').length }))`

test('a million calls leave nothing: no memory, no timer, no listener on a signal that lives on', async () => {
  const { code, stdout, stderr } = await runScript(box.dir, 'calls.mjs', SCRIPT, { flags: ['--expose-gc'] })
  expect(stderr).toBe('')
  expect(code).toBe(0)
  const { grown, timers, listeners } = JSON.parse(stdout)
  expect(grown).toBeLessThan(2)
  expect(timers).toBe(0)
  expect(listeners).toBe(0)
})

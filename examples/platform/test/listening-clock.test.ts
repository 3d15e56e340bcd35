import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Worker } from 'node:worker_threads'
import { createAdaptorServer } from '@hono/node-server'
import { afterEach, expect, test } from 'vitest'
import { ListeningClock } from '../src/listening-clock.ts'

// In real time, since this is about an event loop that is blocked. No test depends on how quick the machine is.
let clock: ListeningClock

afterEach(() => clock.close())

/** The event loop does not run for so long. */
function block(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

test('while the event loop is blocked no deadline passes; afterwards the rest of it is waited for', async () => {
  clock = new ListeningClock(200)
  const begun = performance.now()
  const passed = new Promise<void>(resolve => clock.after(200, resolve))
  setTimeout(block, 20, 600)
  await passed
  expect(performance.now() - begun).toBeGreaterThan(700)
})

test('an event loop that is blocked again and again delays a deadline, but does not prevent it', async () => {
  clock = new ListeningClock(200)
  const blocking = setInterval(block, 10, 60)
  await new Promise<void>(resolve => clock.after(200, resolve))
  clearInterval(blocking)
})

test('a deadline that is cancelled does not pass, not even in the turns before it', async () => {
  clock = new ListeningClock(60_000)
  const passed: number[] = []
  for (let turns = 0; turns < 4; turns++) {
    const cancel = clock.after(10, () => passed.push(turns))
    const later = (rest: number): void => (rest === 0 ? cancel() : void setImmediate(later, rest - 1))
    setTimeout(later, 10, turns)
  }
  await new Promise<void>(resolve => clock.after(100, resolve))
  expect(passed).toEqual([])
})

test('a request that arrived while the event loop was blocked is carried out before the deadline passes', async () => {
  clock = new ListeningClock(60_000) // so short a stall counts in full: the deadline is over when it ends
  const order: string[] = []
  const server = createAdaptorServer({
    fetch: async request => {
      order.push(`received ${await request.text()}`)
      return new Response()
    },
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const sent = new Int32Array(new SharedArrayBuffer(4))
  const workerData = { sent, port: (server.address() as AddressInfo).port }
  const worker = new Worker(
    `const { workerData: { sent, port } } = require('worker_threads')
    require('net').connect(port, '127.0.0.1').write('POST / HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 4\\r\\n\\r\\nbeat', () => {
      Atomics.store(sent, 0, 1)
      Atomics.notify(sent, 0)
    })`,
    { eval: true, workerData },
  )
  const passed = new Promise<void>(resolve =>
    clock.after(50, () => {
      order.push('passed')
      resolve()
    }),
  )
  Atomics.wait(sent, 0, 0)
  block(100)
  await passed
  await worker.terminate()
  server.close()
  expect(order).toEqual(['received beat', 'passed'])
})

import { expect, onTestFinished, test, vi } from 'vitest'
import { type Platform, setUp, status } from './platform.ts'

test('stop() makes one last try with the current state, and nothing is sent after it', async () => {
  const { platform, registry, start } = await setUp()
  const heartbeat = start({ scopes: true })
  await platform.has(1)
  registry.scope('a').mark('died')
  await heartbeat.stop()
  expect(platform.last).toMatchObject({ sample_error: 'died' })
  const sent = platform.beats.length
  registry.scope('a').clear()
  registry.scope('b').mark('unseen')
  await new Promise(resolve => setTimeout(resolve, 50))
  expect(platform.beats).toHaveLength(sent)
})

test('the last beat carries leaving: true, whatever else it has, and no other does', async () => {
  const { platform, registry, start } = await setUp()
  const heartbeat = start()
  await platform.has(1)
  registry.scope('a').mark('died')
  await platform.has(2)
  await heartbeat.stop()
  expect(platform.beats.map(({ body }) => body.leaving)).toEqual([undefined, undefined, true])
  expect(platform.last).toMatchObject({ runtime_state: 'wedged', sample_error: 'died' })
})

test('stop() is idempotent: the same promise, and one last try', async () => {
  const { platform, start } = await setUp()
  const heartbeat = start()
  await platform.has(1)
  const stopped = heartbeat.stop()
  expect(heartbeat.stop()).toBe(stopped)
  await stopped
  expect(heartbeat.stop()).toBe(stopped)
  expect(platform.beats).toHaveLength(2)
})

test('stop() right after the start sends both beats, one after the other', async () => {
  const { platform, start } = await setUp()
  await start().stop()
  expect(platform.beats).toHaveLength(2)
  expect(platform.overlap).toBe(1)
})

test.each([
  ['is down', (platform: Platform) => platform.down()],
  ['refuses', (platform: Platform) => void platform.script.push(status(500), status(500))],
])('stop() resolves if the platform %s, also in the middle of a backoff', async (_, fail) => {
  const { platform, start, lines } = await setUp()
  await fail(platform)
  const heartbeat = start()
  await vi.waitFor(() => expect(lines).toHaveLength(1), { timeout: 10_000 })
  await heartbeat.stop()
  expect(lines).toHaveLength(1)
})

test('stop() ends within timeoutMs if nothing answers, whatever fetch and headers do', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { start } = await setUp()
  const deaf = () => new Promise<never>(() => {})
  for (const options of [{ fetch: deaf }, { headers: deaf }]) {
    for (const wait of [undefined, 0, 60, 99, 100, 350]) {
      const heartbeat = start({ ...options, timeoutMs: 100, intervalMs: 200 })
      if (wait !== undefined) await vi.advanceTimersByTimeAsync(wait)
      const done = vi.fn()
      heartbeat.stop().then(done)
      await vi.advanceTimersByTimeAsync(99)
      expect(done).not.toHaveBeenCalled()
      await vi.advanceTimersByTimeAsync(1)
      expect(done).toHaveBeenCalledOnce()
      expect(vi.getTimerCount()).toBe(0)
    }
  }
})

test('stop() ends by its own deadline even if a pause gave the send in flight more time', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  let paused = 0
  const begun = Date.now()
  vi.spyOn(performance, 'now').mockImplementation(() => Date.now() - begun + paused)
  onTestFinished(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })
  const { start } = await setUp()
  const fetch = vi.fn(() => new Promise<never>(() => {}))
  const heartbeat = start({ fetch, timeoutMs: 200 })
  await vi.advanceTimersByTimeAsync(50)
  const done = vi.fn()
  heartbeat.stop().then(done)
  // The process goes on when the deadline of the send is long past, and that of stop() is just due.
  paused = 110
  await vi.advanceTimersByTimeAsync(150)
  paused = 0
  await vi.advanceTimersByTimeAsync(50)
  expect(done).toHaveBeenCalledOnce()
  expect(fetch).toHaveBeenCalledOnce()
  expect(vi.getTimerCount()).toBe(0)
})

test('stop() waits for a send in flight, and uses what is left of timeoutMs for the last try', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { start } = await setUp()
  const answered: string[] = []
  const fetch = async () => {
    await new Promise(resolve => setTimeout(resolve, 60))
    answered.push(`after ${Math.round(performance.now() - begun)}`)
    return { status: 200 }
  }
  const begun = performance.now()
  const heartbeat = start({ fetch, timeoutMs: 100 })
  await vi.advanceTimersByTimeAsync(30)
  const done = vi.fn()
  heartbeat.stop().then(done)
  await vi.advanceTimersByTimeAsync(90)
  expect(answered).toEqual(['after 60', 'after 120'])
  expect(done).toHaveBeenCalledOnce()
  expect(vi.getTimerCount()).toBe(0)
})

test('an aborting signal stops the heartbeat, which then lets go of the signal', async () => {
  const { platform, registry, start } = await setUp()
  const controller = new AbortController()
  const removed = vi.spyOn(controller.signal, 'removeEventListener')
  const heartbeat = start({ signal: controller.signal })
  await platform.has(1)
  registry.scope('a').mark('died')
  await platform.has(2)
  controller.abort()
  await platform.has(3)
  await heartbeat.stop()
  expect(platform.last).toMatchObject({ sample_error: 'died' })
  expect(platform.beats).toHaveLength(3)
  expect(removed).toHaveBeenCalledOnce()
})

test.each<[string, Partial<AbortSignal>]>([
  [
    'cannot be listened to',
    {
      aborted: false,
      addEventListener: () => JSON.parse('{'),
      removeEventListener: () => JSON.parse('{'),
    },
  ],
  ['never aborts', { aborted: false, addEventListener() {}, removeEventListener() {} }],
])('a foreign signal that %s breaks nothing', async (_, signal) => {
  const { platform, registry, start } = await setUp()
  const heartbeat = start({ signal: signal as AbortSignal })
  await platform.has(1)
  registry.scope('a').mark('died')
  await platform.has(2)
  await heartbeat.stop()
  expect(platform.last).toMatchObject({ sample_error: 'died', leaving: true })
})

test('twenty heartbeats on one signal all stop by it', async () => {
  const { platform, start } = await setUp()
  const controller = new AbortController()
  const heartbeats = Array.from({ length: 20 }, () => start({ signal: controller.signal }))
  await platform.has(20)
  controller.abort()
  await Promise.all(heartbeats.map(heartbeat => heartbeat.stop()))
  expect(platform.beats.filter(({ body }) => body.leaving)).toHaveLength(20)
})

test('with a signal that is already aborted nothing is sent', async () => {
  const { platform, registry, lines, start } = await setUp()
  const heartbeat = start({ signal: AbortSignal.abort() })
  registry.scope('a').mark('died')
  const stopped = heartbeat.stop()
  expect(stopped).toBeInstanceOf(Promise)
  expect(heartbeat.stop()).toBe(stopped)
  await stopped
  expect([platform.beats, lines]).toEqual([[], []])
})

test('an answer that comes after its deadline is ignored, even a 401', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { start, lines } = await setUp()
  const cancel = vi.fn(async () => {})
  let calls = 0
  const fetch = async () => {
    if (++calls === 1) await new Promise(resolve => setTimeout(resolve, 500))
    return { status: calls === 1 ? 401 : 200, body: { cancel } }
  }
  const heartbeat = start({ fetch, headers: () => ({}), timeoutMs: 100, intervalMs: 1_000 })
  await vi.advanceTimersByTimeAsync(5_000)
  expect(lines.map(({ message }) => message)).toEqual([
    'heartbeat not delivered',
    'heartbeat delivered again after 1 failed',
  ])
  expect(cancel).toHaveBeenCalledTimes(calls)
  await heartbeat.stop()
})

test('headers that come after the deadline send nothing', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { start } = await setUp()
  const fetch = vi.fn(async () => ({ status: 200 }))
  const headers = vi.fn(async () => ({}))
  headers.mockImplementationOnce(() => new Promise(resolve => setTimeout(resolve, 500, {})))
  const heartbeat = start({ fetch, headers, timeoutMs: 100, intervalMs: 10_000 })
  await vi.advanceTimersByTimeAsync(20_000)
  await heartbeat.stop()
  expect(fetch).toHaveBeenCalledTimes(headers.mock.calls.length - 1)
})

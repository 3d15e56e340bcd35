import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { accept, setUp, status } from './platform.ts'

// A retry never waits longer than the interval: a short one keeps these tests short.
const soon = { intervalMs: 20 }

test('an outage of the platform is logged once, and so is its end; the first beat after it is true', async () => {
  const { platform, registry, start, lines } = await setUp()
  await platform.down()
  const { url } = platform
  start(soon)
  registry.scope('a').mark('died meanwhile')
  await vi.waitFor(() => expect(lines).toHaveLength(1), { timeout: 10_000 })
  await new Promise(resolve => setTimeout(resolve, 100))
  await platform.up()
  await platform.has(2)
  expect(platform.beats[0]!.body).toMatchObject({ sample_error: 'died meanwhile' })
  const err = expect.any(Error)
  expect(lines).toEqual([
    { level: 'warn', fields: { err, url: `${url}/registry/heartbeat` }, message: 'heartbeat not delivered' },
    {
      level: 'info',
      fields: { url: `${url}/registry/heartbeat` },
      message: expect.stringMatching(/^heartbeat delivered again after \d+ failed$/),
    },
  ])
})

test.each([400, 413, 500, 503])('%i is a failure, and is retried', async code => {
  const { platform, start, lines } = await setUp()
  platform.script = [status(code), status(code)]
  start(soon)
  await platform.has(3)
  await vi.waitFor(() => expect(lines).toHaveLength(2), { timeout: 10_000 })
  expect(String(lines[0]!.fields.err)).toContain(`answered ${code}`)
  expect(lines[1]!.message).toBe('heartbeat delivered again after 2 failed')
})

test('401 asks headers() again and retries once, at once', async () => {
  const { platform, start, lines } = await setUp()
  let token = 0
  platform.answer = (response, beat) => status(beat.headers.authorization === 'Bearer 2' ? 204 : 401)(response, beat)
  start({ headers: () => ({ authorization: `Bearer ${++token}` }) })
  await platform.has(2)
  expect(platform.beats.map(({ headers }) => headers.authorization)).toEqual(['Bearer 1', 'Bearer 2'])
  expect(platform.overlap).toBe(1)
  expect(lines).toEqual([])
})

test('a second 401 is a failure, and so is the first one if headers is not a function', async () => {
  const refused = await setUp()
  refused.platform.answer = status(401)
  const headers = vi.fn(() => ({}))
  refused.start({ headers })
  await vi.waitFor(() => expect(refused.lines).toHaveLength(1), { timeout: 10_000 })
  expect(headers).toHaveBeenCalledTimes(2)
  const fixed = await setUp()
  fixed.platform.answer = status(401)
  fixed.start({ headers: { authorization: 'Bearer old' } })
  await vi.waitFor(() => expect(fixed.lines).toHaveLength(1), { timeout: 10_000 })
  expect(fixed.platform.beats).toHaveLength(1)
})

test.each<[string, () => never]>([
  [
    'throw',
    () => {
      throw Symbol('no token')
    },
  ],
  ['reject', () => Promise.reject(new Error('no token')) as never],
  ['give nothing', () => undefined as never],
  ['give an invalid header', () => ({ authorization: 'Bearer\nsecret' }) as never],
])('headers that %s are a failure that is retried, and no secret is logged', async (_, failing) => {
  const { platform, start, lines } = await setUp()
  const headers = vi.fn(() => ({}))
  headers.mockImplementationOnce(failing).mockImplementationOnce(failing)
  start({ ...soon, headers })
  await platform.has(1)
  await vi.waitFor(() => expect(lines).toHaveLength(2), { timeout: 10_000 })
  expect(lines[1]!.message).toBe('heartbeat delivered again after 2 failed')
  expect(String((lines[0]!.fields.err as Error).stack)).not.toContain('secret')
})

test('headers that never come and a platform that never answers are timed out', async () => {
  const { platform, registry, start, lines } = await setUp()
  platform.script = [() => {}]
  const headers = vi.fn(async () => ({}))
  headers.mockImplementationOnce(() => new Promise(() => {}))
  start({ ...soon, timeoutMs: 300, headers })
  await platform.has(1)
  registry.scope('a').mark('died meanwhile')
  await platform.has(2)
  expect(platform.last).toMatchObject({ sample_error: 'died meanwhile' })
  await vi.waitFor(() => expect(lines).toHaveLength(2), { timeout: 10_000 })
  expect(lines).toMatchObject([
    { fields: { err: { message: 'no answer within 300 ms' } } },
    { message: expect.stringContaining('delivered again') },
  ])
})

test('a redirect is not followed: it would drop the body or carry the headers elsewhere', async () => {
  const { platform, start, lines } = await setUp()
  platform.script = [response => void response.writeHead(302, { location: `${platform.url}/elsewhere` }).end()]
  start(soon)
  await platform.has(2)
  expect(platform.beats.every(({ path }) => path === '/registry/heartbeat')).toBe(true)
  expect(String(lines[0]!.fields.err)).toContain('answered 302')
})

test.each<[string, (server: Server) => void]>([
  [
    'answers garbage',
    server => server.on('connection', socket => socket.once('data', () => socket.end('220 smtp ready\r\n'))),
  ],
  ['resets at once', server => server.on('connection', socket => socket.once('data', () => socket.resetAndDestroy()))],
  [
    'resets in the middle of its headers',
    server =>
      server.on('connection', socket =>
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\ncontent-le', () => socket.resetAndDestroy())
        }),
      ),
  ],
])('a platform that %s is a failure, and the next beat tells the state', async (_, misbehave) => {
  const { platform, registry, start, lines } = await setUp()
  await platform.down()
  const port = Number(new URL(platform.url).port)
  const server = createServer()
  misbehave(server.on('connection', socket => socket.on('error', () => {})))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  expect((server.address() as AddressInfo).port).toBe(port)
  start(soon)
  await vi.waitFor(() => expect(lines).toHaveLength(1), { timeout: 10_000 })
  registry.scope('a').mark('died meanwhile')
  server.close()
  await once(server, 'close')
  await platform.up()
  await platform.has(1)
  expect(platform.last).toMatchObject({ sample_error: 'died meanwhile' })
})

test('a 200 whose body breaks off or never ends has accepted the beat, and does not delay the next one', async () => {
  const { platform, registry, start, lines } = await setUp()
  platform.script = [
    response => response.writeHead(200, { 'content-length': 1_000 }).write('half', () => response.destroy()),
    response => response.writeHead(200).write('x'.repeat(100_000)),
    accept,
  ]
  start()
  await platform.has(1)
  registry.scope('a').mark('died')
  await platform.has(2)
  registry.scope('a').clear()
  await platform.has(3)
  expect(lines).toEqual([])
  await vi.waitFor(() => expect(platform.sockets.size).toBeLessThanOrEqual(2), { timeout: 10_000 })
})

test('retries back off to the interval, with jitter; a transition pulls the next one forward', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  vi.spyOn(Math, 'random').mockReturnValue(1)
  onTestFinished(() => void vi.restoreAllMocks())
  const { registry, start } = await setUp()
  const sends: number[] = []
  const fetch = async () => {
    sends.push(performance.now())
    throw new Error('unreachable')
  }
  const begun = performance.now()
  const heartbeat = start({ intervalMs: 3_000, fetch })
  await vi.advanceTimersByTimeAsync(9_600)
  expect(sends.map(at => at - begun)).toEqual([0, 500, 1_500, 3_500, 6_500, 9_500])
  for (let i = 0; i < 100; i++) {
    registry.scope('a').mark('flapping')
    registry.scope('a').clear()
    await vi.advanceTimersByTimeAsync(10)
  }
  expect(sends.slice(6).map(at => at - begun)).toEqual([10_100, 10_600])
  vi.mocked(Math.random).mockReturnValue(0)
  await vi.advanceTimersByTimeAsync(6_000)
  expect(sends.slice(8).map(at => at - begun)).toEqual([13_600, 15_100, 16_600])
  await heartbeat.stop()
})

test('the backoff also grows while headers() fails, although no body has been made since the last transition', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  vi.spyOn(Math, 'random').mockReturnValue(1)
  onTestFinished(() => void vi.restoreAllMocks())
  const { registry, start } = await setUp()
  const tries: number[] = []
  const begun = performance.now()
  const headers = async () => {
    tries.push(performance.now() - begun)
    throw new Error('no token')
  }
  const heartbeat = start({ intervalMs: 3_000, headers })
  registry.scope('a').mark('died')
  await vi.advanceTimersByTimeAsync(6_000)
  expect(tries).toEqual([0, 500, 1_500, 3_500])
  await heartbeat.stop()
})

test.each<[string, () => never]>([
  [
    'throws',
    () => {
      throw new Error('disk full')
    },
  ],
  ['rejects', () => Promise.reject(new Error('disk full')) as never],
])('a logger that %s does no harm', async (_, write) => {
  const { platform, start } = await setUp()
  platform.script = [status(500)]
  start({ ...soon, logger: { error: write, warn: write, info: write } })
  await platform.has(3)
})

test('without a logger, lines go to the logger that the registry has at that moment', async () => {
  const { platform, registry, start, logger, lines } = await setUp()
  platform.script = [status(500)]
  start({ ...soon, logger: undefined })
  registry.logger = logger
  await platform.has(2)
  await vi.waitFor(() => expect(lines.map(({ level }) => level)).toEqual(['warn', 'info']), { timeout: 10_000 })
})

test('without a fetch, the global one of that moment is used', async () => {
  const { platform, registry, start } = await setUp()
  start()
  await platform.has(1)
  const { fetch } = globalThis
  const replaced = vi.fn(fetch)
  globalThis.fetch = replaced
  try {
    registry.scope('a').mark('died')
    await platform.has(2)
    expect(replaced).toHaveBeenCalledOnce()
  } finally {
    globalThis.fetch = fetch
  }
})

import { defaultRegistry, WedgeRegistry } from '@runtime-wedge/core'
import { type HeartbeatRegistry, startHeartbeat } from '@runtime-wedge/core/heartbeat'
import { expect, test, vi } from 'vitest'
import { setUp } from './platform.ts'

// The interval is an hour: whatever arrives was sent because something happened.

test('each transition is sent at once: wedged, a second one, the primary changed, recovered', async () => {
  const { platform, registry, start } = await setUp()
  const [a, b] = [registry.scope('a'), registry.scope('b')]
  start()
  await platform.has(1)
  a.mark('a died')
  await platform.has(2)
  expect(platform.last).toMatchObject({ runtime_state: 'wedged', sample_error: 'a died', wedged_count: 1 })
  b.mark('b died')
  await platform.has(3)
  expect(platform.last).toMatchObject({ sample_error: 'a died', wedged_count: 2 })
  a.clear()
  await platform.has(4)
  expect(platform.last).toMatchObject({ sample_error: 'b died', wedged_count: 1 })
  b.release()
  await platform.has(5)
  expect(platform.last).not.toHaveProperty('runtime_state')
  expect(platform.beats).toHaveLength(5)
  expect(platform.sockets.size).toBeLessThanOrEqual(2)
})

test('repeated marks and clears of a healthy scope send nothing', async () => {
  const { platform, registry, start } = await setUp()
  start()
  await platform.has(1)
  registry.scope('a').mark('once')
  await platform.has(2)
  registry.scope('a').mark('again')
  registry.scope('b').clear()
  registry.scope('c')
  registry.scope('a').clear()
  await platform.has(3)
  expect(platform.beats).toHaveLength(3)
})

test('a thousand flips in a burst become few sends, never two at a time, and the last one is true', async () => {
  const { platform, registry, start } = await setUp()
  platform.answer = response => void setTimeout(() => response.end(), 5)
  start()
  const state = registry.scope('flappy')
  for (let i = 0; i < 1_000; i++) {
    if (!state.mark(`failure ${i}`)) state.clear()
    if (i % 100 === 50) await new Promise(setImmediate)
  }
  state.clear()
  state.mark('the end')
  await vi.waitFor(() => expect(platform.last).toMatchObject({ sample_error: 'the end' }), { timeout: 10_000 })
  expect(platform.beats.length).toBeLessThanOrEqual(13)
  expect(platform.overlap).toBe(1)
})

test('everything that happens during one send goes out with one more', async () => {
  const { platform, registry, start } = await setUp()
  const { promise, resolve } = withResolvers()
  platform.script = [async response => void promise.then(() => response.end())]
  start()
  await platform.has(1)
  for (const key of ['a', 'b', 'c']) registry.scope(key).mark(key)
  expect(platform.beats).toHaveLength(1)
  resolve()
  await platform.has(2)
  expect(platform.last).toMatchObject({ wedged_count: 3 })
  registry.scope('a').clear()
  await platform.has(3)
  expect(platform.beats).toHaveLength(3)
})

test('transitions made in one turn are one send, and mark() does not wait for it', async () => {
  const { platform, registry, start } = await setUp()
  const stats = vi.fn(() => ({}))
  start({ stats, headers: { 'x-test': '1' } })
  expect(stats).not.toHaveBeenCalled()
  await platform.has(1)
  const asked = stats.mock.calls.length
  registry.on('change', ({ type }) => type === 'wedged' && registry.scope('c').mark('c, by a listener'))
  registry.scope('a').mark('a')
  registry.scope('b').mark('b')
  expect(stats).toHaveBeenCalledTimes(asked)
  await platform.has(2)
  expect(platform.last).toMatchObject({ wedged_count: 3 })
  for (const state of registry.wedgedStates()) state.clear()
  await platform.has(3)
  expect(platform.last).not.toHaveProperty('runtime_state')
  expect(platform.beats).toHaveLength(3)
})

test('with scopes: true, added and released scopes are sent at once', async () => {
  const { platform, registry, start } = await setUp()
  start({ scopes: true })
  await platform.has(1)
  expect(platform.last).toMatchObject({ scopes: [], scope_count: 0 })
  const scope = registry.scope('mcp:fs')
  await platform.has(2)
  expect(platform.last).toMatchObject({ scopes: ['mcp:fs'], scope_count: 1 })
  scope.release()
  await platform.has(3)
  expect(platform.last).toMatchObject({ scopes: [], scope_count: 0 })
})

test('while nothing changes a beat goes out every intervalMs', async () => {
  const { platform, start } = await setUp()
  start({ intervalMs: 20 })
  await platform.has(5)
  expect(platform.overlap).toBe(1)
})

test('without a registry it reads the default one; a base path and a query in the url are kept', async () => {
  const { platform, start } = await setUp()
  defaultRegistry().default.mark('default died')
  try {
    start({ registry: undefined, url: new URL(`${platform.url}/api/v1/?tenant=7`) })
    await platform.has(1)
    expect(platform.beats[0]!.path).toBe('/api/v1/registry/heartbeat?tenant=7')
    expect(platform.last).toMatchObject({ sample_error: 'default died' })
  } finally {
    defaultRegistry().default.clear()
  }
})

test('the state is read at the moment of sending, after headers() has answered', async () => {
  const { platform, registry, start } = await setUp()
  const { promise, resolve } = withResolvers()
  start({ headers: () => promise.then(() => ({ authorization: 'Bearer t' })) })
  registry.scope('a').mark('meanwhile')
  resolve()
  await platform.has(1)
  expect(platform.beats[0]!.headers.authorization).toBe('Bearer t')
  expect(platform.last).toMatchObject({ sample_error: 'meanwhile' })
  registry.scope('b').mark('later')
  await platform.has(2)
  expect(platform.beats).toHaveLength(2)
})

test.each([
  ['an object', { Authorization: 'Bearer t', 'Content-Type': 'application/json; charset=utf-8' }],
  ['a Headers', new Headers({ authorization: 'Bearer t', 'content-type': 'application/json; charset=utf-8' })],
  [
    'a function',
    () =>
      new Map([
        ['authorization', 'Bearer t'],
        ['content-type', 'application/json; charset=utf-8'],
      ]),
  ],
])('headers may be %s', async (_, headers) => {
  const { platform, start } = await setUp()
  start({ headers })
  await platform.has(1)
  expect(platform.beats[0]!.headers).toMatchObject({
    authorization: 'Bearer t',
    'content-type': 'application/json; charset=utf-8',
  })
})

test('any registry that has the interface will do, also one with literal scope types', () => {
  const typed: HeartbeatRegistry = new WedgeRegistry<'claude' | 'codex'>()
  // @ts-expect-error a state is one scope, not a registry
  const refused = () => startHeartbeat({ url: 'http://platform', workspaceId: 'w1', registry: typed.default })
  expect(refused).toThrow('startHeartbeat({ registry }) needs a WedgeRegistry')
})

function withResolvers() {
  let resolve!: () => void
  const promise = new Promise<void>(done => {
    resolve = done
  })
  return { promise, resolve }
}

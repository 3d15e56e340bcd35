import { setTimeout as sleep } from 'node:timers/promises'
import type { HeartbeatStats } from '@runtime-wedge/core/heartbeat'
import { expect, test, vi } from 'vitest'
import { setUp } from './platform.ts'

const ORIGINAL_KEYS = ['workspace_id', 'error_rate', 'sample_error', 'active_tasks', 'current_task', 'uptime_seconds']

test('a healthy body has exactly the six original keys', async () => {
  const { platform, start } = await setUp()
  start()
  await platform.has(1)
  expect(platform.beats[0]).toMatchObject({
    path: '/registry/heartbeat',
    headers: { 'content-type': 'application/json' },
    body: { workspace_id: 'w1', error_rate: 0, sample_error: '', active_tasks: 0, current_task: '', uptime_seconds: 0 },
  })
  expect(Object.keys(platform.last!)).toEqual(ORIGINAL_KEYS)
})

test('each beat carries the current stats, and the reason of a wedge replaces their sample_error', async () => {
  const { platform, registry, start } = await setUp()
  const stats: HeartbeatStats = { error_rate: 0.25, sample_error: 'one 500', active_tasks: 3, current_task: 'indexing' }
  start({ stats: () => stats })
  await platform.has(1)
  expect(platform.last).toMatchObject(stats)
  registry.scope('codex').mark('died')
  await platform.has(2)
  expect(platform.last).toMatchObject({ ...stats, sample_error: 'died', runtime_state: 'wedged' })
  registry.scope('codex').clear()
  await platform.has(3)
  expect(platform.last).toMatchObject(stats)
  expect(Object.keys(platform.last!)).toEqual(ORIGINAL_KEYS)
})

test.each<[string, unknown, object]>([
  ['numbers out of range', { error_rate: Number.NaN, active_tasks: Infinity }, { error_rate: 0, active_tasks: 0 }],
  ['rates and counts that cannot be', { error_rate: 7, active_tasks: -2.5 }, { error_rate: 1, active_tasks: 0 }],
  ['other types', { error_rate: '1', sample_error: {}, active_tasks: 2n, current_task: null }, { current_task: '' }],
  ['nothing', undefined, { error_rate: 0, sample_error: '' }],
  ['hostile texts', { current_task: 'a\u001b[31m\nb' }, { current_task: 'a b' }],
  ['counts beyond what is exact', { active_tasks: 1e300 }, { active_tasks: Number.MAX_SAFE_INTEGER }],
  [
    'long texts',
    { current_task: 'x'.repeat(9_999), sample_error: 'y'.repeat(999) },
    { sample_error: `${'y'.repeat(199)}…` },
  ],
])('stats of %s do not break the body', async (_, stats, expected) => {
  const { platform, start, lines } = await setUp()
  start({ stats: () => stats as HeartbeatStats })
  await platform.has(1)
  expect(platform.last).toMatchObject(expected)
  expect(Object.keys(platform.last!)).toEqual(ORIGINAL_KEYS)
  expect(lines).toEqual([])
})

test('stats that fail are logged once, until they work again, and the beat goes without them', async () => {
  const { platform, registry, start, lines } = await setUp()
  // No vi.fn: it would handle the rejection.
  const figures: (() => unknown)[] = [
    () => JSON.parse('{'),
    () => Promise.reject(new Error('async stats')),
    () => ({ active_tasks: 2 }),
    () => ({
      get active_tasks() {
        return JSON.parse('{')
      },
    }),
    () => ({ active_tasks: 1 }),
  ]
  const stats = () => figures.shift()?.() as HeartbeatStats
  start({ stats })
  await platform.has(1)
  for (const beats of [2, 3, 4, 5]) {
    registry.scope('a')[beats % 2 ? 'clear' : 'mark']('reason')
    await platform.has(beats)
  }
  expect(platform.beats.map(({ body }) => body.active_tasks)).toEqual([0, 0, 2, 0, 1])
  expect(lines.map(({ level, message }) => [level, message])).toEqual([
    ['warn', 'heartbeat goes without stats: stats failed'],
    ['warn', 'heartbeat goes without stats: stats failed'],
  ])
  expect(lines[0]!.fields.err).toBeInstanceOf(SyntaxError)
  await sleep(0)
})

test('uptime counts whole seconds since the start', async () => {
  vi.useFakeTimers()
  try {
    const { startHeartbeat } = await import('@runtime-wedge/core/heartbeat')
    const uptimes: number[] = []
    const fetch = async (_: string, { body }: { body: string }) => {
      uptimes.push(JSON.parse(body).uptime_seconds)
      return { status: 200 }
    }
    const heartbeat = startHeartbeat({ url: 'http://platform', workspaceId: 'w1', intervalMs: 1_500, fetch })
    await vi.advanceTimersByTimeAsync(4_500)
    await heartbeat.stop()
    expect(uptimes).toEqual([0, 1, 3, 4, 4])
  } finally {
    vi.useRealTimers()
  }
})

test('wedged scopes are listed, primary first, and counted', async () => {
  const { platform, registry, start } = await setUp()
  registry.scope('b').mark('first')
  registry.scope('a').mark('second\nline')
  start()
  await platform.has(1)
  expect(platform.last).toEqual({
    ...{ workspace_id: 'w1', error_rate: 0, active_tasks: 0, current_task: '', uptime_seconds: 0 },
    ...{ runtime_state: 'wedged', sample_error: 'first', wedged_count: 2 },
    wedged_scopes: [
      { scope: 'b', reason: 'first', since: registry.scope('b').since },
      { scope: 'a', reason: 'second line', since: registry.scope('a').since },
    ],
  })
})

test('with 100,000 scopes and 1,000 long reasons a body stays under 60 KiB, and says how many there are', async () => {
  const { platform, registry, start } = await setUp()
  for (let i = 0; i < 100_000 - 1; i++) registry.scope(`スコープ-${i}-${'名'.repeat(300)}`)
  let wedged = 0
  for (const state of registry) if (state.scope !== 'default' && wedged++ < 1_000) state.mark('理由"\\'.repeat(200))
  start({ scopes: true, stats: () => ({ current_task: '務'.repeat(9_999), sample_error: 'x' }) })
  await platform.has(1)
  expect(platform.beats[0]!.bytes).toBeLessThanOrEqual(60 * 1024)
  expect(platform.beats[0]!.bytes).toBeGreaterThan(58 * 1024)
  expect(platform.last).toMatchObject({ wedged_count: 1_000, scope_count: 99_999 })
  const listed = platform.last!.wedged_scopes as { scope: string; reason: string }[]
  expect(listed).toHaveLength(50)
  expect(listed[0]!.scope).toHaveLength(128)
  expect(listed[0]!.reason).toHaveLength(200)
  expect((platform.last!.scopes as string[])[0]).toBe(listed[0]!.scope)
})

test('lists of ordinary names and reasons are cut only by their length limits', async () => {
  const { platform, registry, start } = await setUp()
  for (let i = 0; i < 1_000; i++) registry.scope(`mcp:${i}`)
  for (let i = 999; i >= 900; i--) registry.scope(`mcp:${i}`).mark('no answer')
  start({ scopes: true })
  await platform.has(1)
  const { scopes, wedged_scopes } = platform.last as { scopes: string[]; wedged_scopes: { scope: string }[] }
  expect(wedged_scopes).toHaveLength(50)
  expect(wedged_scopes[0]!.scope).toBe('mcp:999')
  expect(scopes).toHaveLength(200)
  expect(scopes.slice(98, 102)).toEqual(['mcp:901', 'mcp:900', 'mcp:0', 'mcp:1'])
})

test('by default no text of a beat carries a secret', async () => {
  const { platform, registry, start } = await setUp()
  registry
    .scope('mcp:https://me:hunter2@host')
    .mark(new Error('401 from https://u:sk-live123@api.example/?key=sk-live123'))
  start({ scopes: true, stats: () => ({ current_task: 'curl -H "Authorization: Bearer hunter2"' }) })
  await platform.has(1)
  expect(JSON.stringify(platform.last)).not.toMatch(/hunter2|sk-live/)
  expect(platform.last).toMatchObject({
    sample_error: '401 from https://[redacted]@api.example/?key=[redacted]',
    current_task: 'curl -H "Authorization: Bearer [redacted]"',
    scopes: ['mcp:https://[redacted]@host'],
  })
})

test('a given redact replaces the default one for each text; where it fails, the text is withheld and one line logged', async () => {
  const { platform, registry, start, lines } = await setUp()
  registry.scope('s3cret').mark('s3cret reason')
  registry.scope('plain').mark('plain reason')
  // What the default one would take out stays: this one replaces it.
  registry.scope('token=abc').mark('x')
  const redact = (text: string) => (text.includes('plain') ? JSON.parse('{') : text.replace('s3cret', '***'))
  start({ redact, scopes: true, stats: () => ({ current_task: 'read s3cret' }) })
  await platform.has(1)
  expect(platform.last).toMatchObject({
    sample_error: '*** reason',
    current_task: 'read ***',
    wedged_scopes: [
      { scope: '***', reason: '*** reason' },
      { scope: 'withheld: redact failed', reason: 'withheld: redact failed' },
      { scope: 'token=abc' },
    ],
    scopes: ['***', 'withheld: redact failed', 'token=abc'],
  })
  expect(lines).toMatchObject([{ level: 'warn', message: 'heartbeat withholds texts: redact failed' }])
})

test('a redact that does not return a string is named in the log line', async () => {
  const { platform, registry, start, lines } = await setUp()
  registry.scope('a').mark('s3cret reason')
  start({ redact: (async (text: string) => text) as never })
  await platform.has(1)
  expect(platform.last).toMatchObject({ sample_error: 'withheld: redact failed' })
  expect(lines.map(({ fields }) => (fields.err as Error).message)).toEqual([
    'redact(text) needs to return a string, got a promise. Return the text without its secrets.',
  ])
})

test('hostile scope names are cleaned and cut', async () => {
  const { platform, registry, start } = await setUp()
  for (const name of ['__proto__', '\u001b[31mred\n', 'x'.repeat(127).concat('💥')]) registry.scope(name).mark('r')
  start({ scopes: true })
  await platform.has(1)
  expect(platform.last!.scopes).toEqual(['__proto__', 'red', `${'x'.repeat(127)}…`])
})

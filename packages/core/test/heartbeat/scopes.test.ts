import { WedgeRegistry, type WedgeSnapshot } from '@runtime-wedge/core'
import { type HeartbeatRegistry, type HeartbeatState, startHeartbeat } from '@runtime-wedge/core/heartbeat'
import { expect, test, vi } from 'vitest'
import { setUp } from './platform.ts'

type Named = { scopes: string[]; unproven_scopes: string[]; wedged_scopes?: { scope: string }[] }

/** A registry whose states say whether they are proven, or do not, as those of another version. */
class OtherRegistry implements HeartbeatRegistry {
  readonly logger = { error() {}, warn() {}, info() {} }
  readonly states: { scope: string; proven?: boolean; reason: string }[]
  #listeners: { event: string; listener: (event: never) => void }[] = []

  constructor(...states: { scope: string; proven?: boolean; wedged?: boolean }[]) {
    this.states = states.map(({ wedged, ...state }) => ({ ...state, reason: wedged ? 'died' : '' }))
  }

  get size() {
    return this.states.length
  }

  *[Symbol.iterator](): Iterator<HeartbeatState> {
    for (const state of this.states) {
      yield { ...state, isWedged: () => state.reason !== '', reason: () => state.reason }
    }
  }

  snapshot(): WedgeSnapshot {
    const wedged = this.states.filter(({ reason }) => reason)
    const scopes = wedged.map(({ scope, reason }) => ({ scope, reason, since: 1 }))
    const [primary] = scopes
    const { scope = null, reason = '', since = null } = primary ?? {}
    return { wedged: !!primary, scope, reason, since, wedgedSince: since, count: scopes.length, version: 1, scopes }
  }

  on(event: string, listener: (event: never) => void) {
    const entry = { event, listener }
    this.#listeners.push(entry)
    const off = () => void this.#listeners.splice(this.#listeners.indexOf(entry), 1)
    return Object.assign(off, { [Symbol.dispose]: off })
  }

  prove(scope: string): void {
    for (const state of this.states) if (state.scope === scope) state.proven = true
    const event = { type: 'proven', scope, version: 1 }
    for (const { event: name, listener } of this.#listeners) if (name === 'scopes') listener(event as never)
  }
}

async function bodyOf(registry: HeartbeatRegistry): Promise<Record<string, unknown> & Named> {
  const bodies: string[] = []
  const fetch = async (_: string, { body }: { body: string }) => ({ status: bodies.push(body) && 200 })
  await startHeartbeat({ registry, url: 'http://platform', workspaceId: 'w1', scopes: true, fetch }).stop()
  return JSON.parse(bodies[0]!)
}

test('a scope that never succeeded is listed as unproven, wedged or not', async () => {
  const body = await bodyOf(
    new OtherRegistry(
      { scope: 'default', proven: false },
      { scope: 'proven', proven: true },
      { scope: 'new', proven: false },
      { scope: 'wedged', proven: false, wedged: true },
      { scope: 'wedged again', proven: true, wedged: true },
    ),
  )
  expect(body.scopes).toEqual(['wedged', 'wedged again', 'proven', 'new'])
  expect(body.unproven_scopes).toEqual(['wedged', 'new'])
  expect(body.scope_count).toBe(4)
})

test('a state of an older version, which does not say whether it is proven, is not listed as unproven', async () => {
  const body = await bodyOf(new OtherRegistry({ scope: 'default' }, { scope: 'mcp:fs' }))
  expect(body).toMatchObject({ scopes: ['mcp:fs'], unproven_scopes: [], scope_count: 1 })
})

test.each([
  ['healthy and never used', { proven: false }, [], [], 0],
  ['proven', { proven: true }, ['default'], [], 1],
  ['wedged', { proven: false, wedged: true }, ['default'], ['default'], 1],
  ['wedged, of an older version', { wedged: true }, ['default'], [], 1],
])('the default scope, where it is %s', async (_, state, scopes, unproven_scopes, scope_count) => {
  const body = await bodyOf(new OtherRegistry({ scope: 'default', ...state }))
  expect(body).toMatchObject({ scopes, unproven_scopes, scope_count })
})

test('a scope that becomes proven is sent at once', async () => {
  const { platform, start } = await setUp()
  const registry = new OtherRegistry({ scope: 'mcp:fs', proven: false })
  start({ registry, scopes: true })
  await platform.has(1)
  expect(platform.last).toMatchObject({ unproven_scopes: ['mcp:fs'] })
  registry.prove('mcp:fs')
  await platform.has(2)
  expect(platform.last).toMatchObject({ scopes: ['mcp:fs'], unproven_scopes: [] })
})

test('without scopes: true, no beat is sent when a scope becomes proven', async () => {
  const { platform, start } = await setUp()
  const registry = new OtherRegistry({ scope: 'mcp:fs', proven: false })
  const heartbeat = start({ registry })
  await platform.has(1)
  registry.prove('mcp:fs')
  await heartbeat.stop()
  expect(platform.beats).toHaveLength(2)
})

test('of many unproven scopes 200 are listed, each of them in both lists', async () => {
  const states = Array.from({ length: 1_000 }, (_, i) => ({ scope: `mcp:${i}`, proven: false }))
  const body = await bodyOf(new OtherRegistry(...states))
  expect(body.unproven_scopes).toHaveLength(200)
  expect(body.unproven_scopes).toEqual(body.scopes)
  const long = await bodyOf(
    new OtherRegistry(...states.map(({ scope }) => ({ scope: scope + '名'.repeat(200), proven: false }))),
  )
  expect(Buffer.byteLength(JSON.stringify(long))).toBeLessThanOrEqual(60 * 1024)
  expect(long.unproven_scopes.length).toBeGreaterThan(50)
  expect(long.unproven_scopes.length).toBeLessThan(200)
  expect(long.unproven_scopes).toEqual(long.scopes)
})

test('each heartbeat has an id of its own, the same in all its beats', async () => {
  const { platform, start } = await setUp()
  await Promise.all([start({ scopes: true }).stop(), start({ scopes: true }).stop()])
  const ids = platform.beats.map(({ body }) => body.instance_id)
  expect(ids).toHaveLength(4)
  expect(new Set(ids).size).toBe(2)
  expect(ids[0]).toMatch(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/)
})

test.each([undefined, {}])('the id is just as unique where crypto is %j', async crypto => {
  vi.stubGlobal('crypto', crypto)
  try {
    const registry = () => new OtherRegistry()
    const ids = await Promise.all(Array.from({ length: 100 }, async () => (await bodyOf(registry())).instance_id))
    expect(new Set(ids).size).toBe(100)
    for (const id of ids) {
      expect(id).toMatch(/^[a-z\d]+(?:-[a-z\d]+){2}$/)
      expect(String(id).length).toBeGreaterThan(20)
    }
  } finally {
    vi.unstubAllGlobals()
  }
})

test('a name that shows nothing is escaped, never empty', async () => {
  const names = ['\u0007', '\u202e', '\n', '\u200b', '\u3164', '\u001b[31m']
  const body = await bodyOf(new OtherRegistry(...names.map(scope => ({ scope, wedged: true }))))
  const shown = ['\\u0007', '\\u202e', '\\u000a', '\\u200b', '\\u3164', '\\u001b\\u005b\\u0033\\u0031\\u006d']
  expect(body.scopes).toEqual(shown)
  expect(body.wedged_scopes!.map(({ scope }) => scope)).toEqual(shown)
})

test('no two scopes of a body have the same name, and each has the same name in both lists', async () => {
  const long = 'x'.repeat(200)
  const names = ['a', 'a\u0007', 'a\u202e', `${long}1`, `${long}2`]
  const body = await bodyOf(new OtherRegistry(...names.map((scope, i) => ({ scope, wedged: i % 2 === 0 }))))
  const cut = `${'x'.repeat(127)}…`
  expect(body.wedged_scopes!.map(({ scope }) => scope)).toEqual(['a', 'a (2)', cut])
  expect(body.scopes).toEqual(['a', 'a (2)', cut, 'a (3)', `${'x'.repeat(123)}… (2)`])
})

test('a redact that leaves nothing of a name leaves a placeholder', async () => {
  const { platform, registry, start } = await setUp()
  registry.scope('sk-1').mark('sk-1')
  registry.scope('sk-2').mark('x')
  start({ scopes: true, redact: text => text.replace(/sk-\d/, '') })
  await platform.has(1)
  expect(platform.last).toMatchObject({
    sample_error: '[redacted]',
    wedged_scopes: [{ scope: '[redacted]', reason: '[redacted]' }, { scope: '[redacted] (2)' }],
  })
})

test.each([
  ['with fractions', 1_700_000_000_000.7, 1_700_000_000_000],
  ['before 1970', -5, 0],
  ['in microseconds', 1.7e16, 253_402_300_799_999],
  ['that ran away', Number.MAX_VALUE, 253_402_300_799_999],
])('a clock %s is sent as whole milliseconds that a Date can hold', async (_, now, since) => {
  const registry = new WedgeRegistry({ logger: { error() {}, warn() {}, info() {} }, now: () => now })
  registry.scope('mcp:fs').mark('died')
  expect((await bodyOf(registry)).wedged_scopes).toEqual([{ scope: 'mcp:fs', reason: 'died', since }])
})

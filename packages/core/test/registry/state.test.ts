import { createTestRegistry, recordChanges } from '@runtime-wedge/testing'
import { describe, expect, it } from 'vitest'

const DETECTED = (reason: string): string =>
  `runtime wedge detected: ${reason} — workspace will report degraded until cleared`
const CLEARED = 'runtime wedge cleared after successful operation — workspace will recover to online on next heartbeat'

describe('mark', () => {
  it('begins a wedge, with its reason, since and cause, and logs one error line', () => {
    const { registry, lines } = createTestRegistry({ start: 5_000 })
    const state = registry.scope('mcp:fs')
    const cause = new Error('EPIPE')

    expect(state.mark('no answer: restart', { cause })).toBe(true)

    expect(state).toMatchObject({ scope: 'mcp:fs', since: 5_000, marks: 1, cause })
    expect(state.isWedged()).toBe(true)
    expect(state.reason()).toBe('no answer: restart')
    expect(lines).toEqual([
      {
        level: 'error',
        message: DETECTED('no answer: restart'),
        fields: { scope: 'mcp:fs', reason: 'no answer: restart' },
      },
    ])
  })

  it('lets the first write win: a repeat only counts, and its reason is not even read', () => {
    const { registry, clock, lines } = createTestRegistry()
    const { events } = recordChanges(registry)
    const state = registry.scope('a')
    state.mark('first', { cause: 1 })
    clock.advance(10)
    const unread = {
      get message(): string {
        throw new Error('was read')
      },
    }

    expect(state.mark(unread as Error)).toBe(false)
    expect(state.mark('third', { cause: 3 })).toBe(false)

    expect(state).toMatchObject({ since: 0, marks: 3, cause: 1 })
    expect(state.reason()).toBe('first')
    expect(lines).toHaveLength(1)
    expect(events).toHaveLength(1)
  })

  it('takes an error as its reason, and as its cause', () => {
    const { registry } = createTestRegistry()
    const error = new Error('spawn ENOENT')
    registry.default.mark(error)

    expect(registry.default.reason()).toBe('spawn ENOENT')
    expect(registry.default.cause).toBe(error)
  })
})

describe('clear', () => {
  it('ends the wedge, and logs one info line', () => {
    const { registry, lines } = createTestRegistry()
    const state = registry.scope('a')
    state.mark('stuck', { cause: 'x' })

    expect(state.clear()).toBe(true)

    expect(state).toMatchObject({ since: null, marks: 0, cause: undefined })
    expect(state.isWedged()).toBe(false)
    expect(state.reason()).toBe('')
    expect(lines.slice(1)).toEqual([{ level: 'info', message: CLEARED, fields: { scope: 'a', reason: 'stuck' } }])
  })

  it('says how many scopes keep the workspace degraded', () => {
    const { registry, lines } = createTestRegistry()
    for (const key of ['a', 'b', 'c']) registry.scope(key).mark('stuck')
    registry.scope('a').clear()
    registry.scope('c').clear()

    expect(lines.slice(3).map(line => line.message)).toEqual([
      'runtime wedge cleared after successful operation — 2 still wedged, workspace stays degraded',
      'runtime wedge cleared after successful operation — 1 still wedged, workspace stays degraded',
    ])
  })

  it('is a silent no-op when healthy', () => {
    const { registry, lines } = createTestRegistry()
    const { events, aggregates } = recordChanges(registry)
    const before = registry.snapshot()

    expect(registry.default.clear()).toBe(false)

    expect(registry.snapshot()).toBe(before)
    expect([...lines, ...events, ...aggregates]).toEqual([])
  })

  it('makes room for a new first write', () => {
    const { registry, clock } = createTestRegistry()
    registry.default.mark('first')
    registry.default.mark('second')
    registry.default.clear()
    clock.advance(7)

    expect(registry.default.mark('third')).toBe(true)
    expect(registry.default).toMatchObject({ since: 7, marks: 1 })
    expect(registry.default.reason()).toBe('third')
  })
})

describe('on', () => {
  it('tells of the transitions of its own scope alone, frozen and complete', () => {
    const { registry, clock } = createTestRegistry({ start: 100 })
    const events: unknown[] = []
    registry.scope('a').on('change', event => events.push(event))
    registry.scope('b').mark('other')
    clock.advance(1)
    registry.scope('a').mark('stuck')
    clock.advance(1)
    registry.scope('a').clear()

    const aggregate = { wedged: true, reason: 'other', scope: 'b', since: 100 }
    const wedge = { scope: 'a', reason: 'stuck', since: 101 }
    expect(events).toEqual([
      { type: 'wedged', by: 'mark', ...wedge, at: 101, version: 2, aggregate: { ...aggregate, count: 2 } },
      { type: 'cleared', by: 'clear', ...wedge, at: 102, version: 3, aggregate: { ...aggregate, count: 1 } },
    ])
    for (const event of events as { aggregate: object }[]) {
      expect(Object.isFrozen(event) && Object.isFrozen(event.aggregate)).toBe(true)
    }
  })

  it('gives a registry listener and a state listener the same event', () => {
    const { registry } = createTestRegistry()
    const seen: unknown[] = []
    registry.on('change', event => seen.push(event))
    registry.scope('a').on('change', event => seen.push(event))
    registry.scope('a').mark('stuck')

    expect(seen).toHaveLength(2)
    expect(seen[0]).toBe(seen[1])
  })

  it('refuses another event name, and a listener that is not a function', () => {
    const { registry } = createTestRegistry()
    const state = registry.scope('a')

    expect(() => state.on('aggregate' as 'change', () => {})).toThrow(TypeError)
    expect(() => state.on('aggregate' as 'change', () => {})).toThrow(
      /on\(event\) needs one of "change", got "aggregate"/,
    )
    expect(() => state.on('change', undefined as unknown as () => void)).toThrow(/function.*got undefined/)
    expect(() => state.on('change', () => {}, { signal: {} as AbortSignal })).toThrow(/AbortSignal.*got an object/)
  })
})

it('writes plain JSON: its scope, and nothing that it holds inside', () => {
  const { registry } = createTestRegistry()
  expect(JSON.stringify(registry.scope('a'))).toBe('{"scope":"a"}')
})

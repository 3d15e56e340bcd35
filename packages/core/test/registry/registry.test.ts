import { type WedgeLogger, WedgeRegistry, type WedgeState } from '@runtime-wedge/core'
import { createTestRegistry, recordChanges } from '@runtime-wedge/testing'
import { describe, expect, it, vi } from 'vitest'

const silent: WedgeLogger = { error() {}, warn() {}, info() {} }
const keys = (states: Iterable<WedgeState>): string[] => Array.from(states, state => state.scope)

describe('construction', () => {
  it('has the default scope alone', () => {
    const { registry } = createTestRegistry()
    expect(registry.size).toBe(1)
    expect(registry.has('default')).toBe(true)
    expect(registry.scope('default')).toBe(registry.default)
    expect(registry.default.scope).toBe('default')
    expect(registry.isWedged()).toBe(false)
    expect(registry.reason()).toBe('')
  })

  it('takes the time from Date.now, asked for at each transition, so that fake timers drive it', () => {
    vi.useFakeTimers({ now: 42 })
    try {
      const registry = new WedgeRegistry({ logger: silent })
      vi.setSystemTime(43)
      registry.default.mark('stuck')
      expect(registry.default.since).toBe(43)
    } finally {
      vi.useRealTimers()
    }
  })

  it.each([undefined, {}, { logger: undefined, now: undefined }])('works with %j', options => {
    expect(new WedgeRegistry(options).size).toBe(1)
  })

  it('refuses a clock that is no function and a logger that is none, and says what it got', () => {
    const now = (value: unknown) => () => new WedgeRegistry({ now: value as () => number })
    const logger = (value: unknown) => () => new WedgeRegistry({ logger: value as WedgeLogger })
    for (const refused of [now(1), now(null), logger(null), logger({ error() {}, info() {} })]) {
      expect(refused).toThrow(TypeError)
    }
    expect(now(1)).toThrow('new WedgeRegistry({ now }) needs a function, got 1. Leave it out for Date.now.')
    expect(now(null)).toThrow(/got null/)
    expect(logger({ error() {}, info() {} })).toThrow(/logger.*warn/)
  })
})

describe('logger', () => {
  it('is replaceable at any time', () => {
    const { registry, lines } = createTestRegistry()
    const messages: string[] = []
    const logger: WedgeLogger = { ...silent, error: (_, message) => messages.push(message) }
    registry.scope('a').mark('first')
    registry.logger = logger
    registry.scope('b').mark('second')

    expect(registry.logger).toBe(logger)
    expect(lines).toHaveLength(1)
    expect(messages).toEqual([expect.stringContaining('second')])
  })

  it.each([undefined, null, 'console', {}, { error() {}, warn() {} }])('refuses %j, and keeps the former', value => {
    const { registry } = createTestRegistry()
    const { logger } = registry
    expect(() => {
      registry.logger = value as unknown as WedgeLogger
    }).toThrow(/^logger\.(?:error|info) needs a function, got .+\. Pass a logger with error, warn and info/)
    expect(registry.logger).toBe(logger)
  })

  it('is called as a method, as the loggers of most packages need', () => {
    class Logger implements WedgeLogger {
      readonly seen: string[] = []
      error(_: object, message: string): void {
        this.seen.push(message)
      }
      warn(): void {}
      info(): void {}
    }
    const logger = new Logger()
    new WedgeRegistry({ logger }).default.mark('stuck')
    expect(logger.seen).toHaveLength(1)
  })
})

describe('scope', () => {
  it('gives the same state for the same key, until it is released', () => {
    const { registry } = createTestRegistry()
    const state = registry.scope('a')
    expect(registry.scope('a')).toBe(state)
    expect(registry.size).toBe(2)
    state.release()
    expect(registry.scope('a')).not.toBe(state)
  })

  it.each(['__proto__', 'constructor', 'toString', ' ', '\0', '\ud800', 'a'.repeat(10_000)])(
    'takes the key %j',
    key => {
      const { registry } = createTestRegistry()
      expect(registry.has(key)).toBe(false)
      const state = registry.scope(key)
      state.mark('stuck')
      expect(registry.snapshot().scopes).toEqual([{ scope: key, reason: 'stuck', since: 0 }])
      expect(registry.scope(key)).toBe(state)
      expect(registry.size).toBe(2)
    },
  )

  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    ['', '""'],
    [42, '42'],
    [{}, 'an object'],
    [() => {}, 'a function'],
    [Symbol('s'), 'Symbol(s)'],
  ])('refuses %s, at scope() and at run()', (key, shown) => {
    const { registry } = createTestRegistry()
    const message = `scope(key) needs a non-empty string, got ${shown}. Pass a stable name such as "claude:1"; it is shown in health output.`
    expect(() => registry.scope(key as string)).toThrow(new TypeError(message))
    expect(() => registry.run(key as string, () => {})).toThrow(new TypeError(message))
    expect(() => registry.bind(key as string, () => {})).toThrow(new TypeError(message))
    expect(registry.has(key as string)).toBe(false)
    expect(registry.release(key as string)).toBe(false)
    expect(registry.size).toBe(1)
  })

  it('is announced once; the default never is', () => {
    const { registry } = createTestRegistry()
    const events: unknown[] = []
    registry.on('scopes', event => events.push(event))
    registry.scope('default')
    registry.scope('a')
    registry.scope('a').mark('stuck')
    registry.scope('b')
    registry.release('default')

    expect(events).toEqual([
      { type: 'added', scope: 'a', version: 0 },
      { type: 'added', scope: 'b', version: 1 },
    ])
    expect(events.every(Object.isFrozen)).toBe(true)
  })

  it('outlives the handle: garbage collection clears nothing, for the registry holds the state', () => {
    const { registry } = createTestRegistry()
    registry.scope('a').mark('stuck')
    expect(registry.scope('a').isWedged()).toBe(true)
  })
})

describe('iteration', () => {
  it('walks every scope in order of creation', () => {
    const { registry } = createTestRegistry()
    for (const key of ['c', 'a', 'b']) registry.scope(key)
    registry.release('a')
    registry.scope('a')
    expect(keys(registry)).toEqual(['default', 'c', 'b', 'a'])
  })

  it('walks the wedged ones primary first, by order of marking', () => {
    const { registry, clock } = createTestRegistry({ start: 100 })
    for (const key of ['a', 'b', 'c', 'd']) registry.scope(key)
    for (const key of ['c', 'a', 'd']) {
      registry.scope(key).mark('stuck')
      clock.advance(-10)
    }
    expect(keys(registry.wedgedStates())).toEqual(['c', 'a', 'd'])
    expect(registry.wedgedCount).toBe(3)
  })

  it('is safe while states are marked, cleared or released', () => {
    const { registry } = createTestRegistry()
    for (const key of ['a', 'b', 'c']) registry.scope(key).mark('stuck')
    const seen: string[] = []
    for (const state of registry.wedgedStates()) {
      seen.push(state.scope)
      if (state.scope === 'a') {
        state.clear()
        registry.release('b')
        registry.scope('d').mark('stuck')
      }
    }
    expect(seen).toEqual(['a', 'b', 'c'])
    expect(keys(registry.wedgedStates())).toEqual(['c', 'd'])
  })
})

describe('the aggregate', () => {
  it('is wedged exactly while some scope is, with the reason of the one wedged longest', () => {
    const { registry } = createTestRegistry()
    const seen: string[] = []
    const look = (): number => seen.push(`${registry.isWedged()} ${registry.reason()} ${registry.wedgedCount}`)
    registry.scope('b').mark('b stuck')
    look()
    registry.scope('a').mark('a stuck')
    look()
    registry.scope('b').clear()
    look()
    registry.scope('b').mark('b again')
    look()
    registry.scope('a').clear()
    look()
    registry.scope('b').clear()
    look()
    expect(seen).toEqual([
      'true b stuck 1',
      'true b stuck 2',
      'true a stuck 1',
      'true a stuck 2',
      'true b again 1',
      'false  0',
    ])
  })

  it('tells of the flag and of the primary, never of the count alone', () => {
    const { registry, clock } = createTestRegistry({ start: 1 })
    const { aggregates, events } = recordChanges(registry)
    const healthy = { wedged: false, reason: '', scope: null, since: null, count: 0 }
    const a = { wedged: true, reason: 'a stuck', scope: 'a', since: 1 }
    const b = { wedged: true, reason: 'b stuck', scope: 'b', since: 2 }

    registry.scope('a').mark('a stuck')
    clock.advance(1)
    registry.scope('b').mark('b stuck')
    registry.scope('c').mark('c stuck')
    registry.scope('c').clear()
    clock.advance(1)
    registry.scope('a').clear()
    clock.advance(1)
    registry.scope('b').release()

    expect(aggregates).toEqual([
      { changed: 'flag', previous: healthy, current: { ...a, count: 1 }, at: 1, version: 1 },
      { changed: 'primary', previous: { ...a, count: 2 }, current: { ...b, count: 1 }, at: 3, version: 5 },
      { changed: 'flag', previous: { ...b, count: 1 }, current: healthy, at: 4, version: 6 },
    ])
    expect(events.map(({ aggregate }) => aggregate.count)).toEqual([1, 2, 3, 2, 1, 0])
    for (const event of aggregates) {
      expect([event, event.previous, event.current].every(Object.isFrozen)).toBe(true)
    }
  })

  it('never flickers: no listener sees it healthy while the primary changes', () => {
    const { registry } = createTestRegistry()
    const flags = new Set<boolean>()
    registry.scope('a').mark('stuck')
    registry.scope('b').mark('stuck')
    registry.on('change', event => flags.add(event.aggregate.wedged).add(registry.isWedged()))
    registry.on('aggregate', event => flags.add(event.current.wedged).add(event.previous.wedged))
    registry.scope('a').clear()
    registry.scope('a').mark('stuck')
    registry.scope('b').release()
    expect([...flags]).toEqual([true])
  })
})

describe('independence', () => {
  it('keeps every operation of one scope from the others', () => {
    const { registry } = createTestRegistry()
    const [a, b] = [registry.scope('a'), registry.scope('b')]
    a.mark('a stuck', { cause: 1 })
    b.mark('b stuck')
    b.mark('b again')
    b.clear()
    b.release()
    registry.scope('b').clear()
    expect(a).toMatchObject({ marks: 1, cause: 1 })
    expect(a.reason()).toBe('a stuck')
    expect(registry.default.isWedged()).toBe(false)
  })

  it('keeps registries from each other', () => {
    const [one, other] = [createTestRegistry().registry, createTestRegistry().registry]
    one.scope('a').mark('stuck')
    expect(other.isWedged()).toBe(false)
    expect(other.has('a')).toBe(false)
  })
})

it('refuses an unknown event name, inherited ones included', () => {
  const { registry } = createTestRegistry()
  for (const name of ['wedged', '', '__proto__', 'toString', undefined, Symbol.iterator, 1n]) {
    expect(() => registry.on(name as 'change', () => {})).toThrow(/change.*aggregate.*scopes.*got/)
    expect(() => registry.on(name as 'change', () => {})).toThrow(TypeError)
  }
})

it('has a new scope before anybody is told of it', () => {
  const { registry } = createTestRegistry()
  const seen: unknown[] = []
  registry.on('scopes', ({ scope }) => seen.push([registry.has(scope), registry.size, registry.scope(scope).scope]))
  const state = registry.scope('a')
  expect([seen, registry.scope('a') === state]).toEqual([[[true, 2, 'a']], true])
})

it('says which events there are, and what a listener must be', () => {
  const { registry } = createTestRegistry()
  expect(() => registry.on('wedged' as never, () => {})).toThrow(
    'on(event) needs one of "change", "aggregate", "scopes", got "wedged". Pass one of these names.',
  )
  expect(() => registry.on('change', 5 as never)).toThrow(
    'on(event, listener) needs a function, got 5. Pass the function to be called with each event.',
  )
})

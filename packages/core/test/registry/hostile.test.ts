import { type WedgeLogger, WedgeRegistry, type WedgeState } from '@runtime-wedge/core'
import { createTestRegistry } from '@runtime-wedge/testing'
import { describe, expect, it, vi } from 'vitest'

/** The registry agrees with its states, with its snapshot, and with what a listener was told. */
function expectConsistent(registry: WedgeRegistry, told: Map<string, string>): void {
  const wedged = [...registry].filter(state => state.isWedged())
  const snapshot = registry.snapshot()
  expect(registry.wedgedCount).toBe(wedged.length)
  expect(registry.isWedged()).toBe(wedged.length > 0)
  expect(new Set(snapshot.scopes.map(({ scope }) => scope))).toEqual(new Set(wedged.map(({ scope }) => scope)))
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(wedged.map(state => [state.scope, state.reason()])))
}

/** A registry and, by its change events, what it has told. */
function watched(options: ConstructorParameters<typeof WedgeRegistry>[0]): [WedgeRegistry, Map<string, string>] {
  const registry = new WedgeRegistry({ logger: { error() {}, warn() {}, info() {} }, ...options })
  const told = new Map<string, string>()
  registry.on('change', ({ type, scope, reason }) => {
    if (type === 'wedged') told.set(scope, reason)
    else told.delete(scope)
  })
  return [registry, told]
}

describe('a clock', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('no time')
      },
    ],
    ['gives NaN', () => Number.NaN],
    ['gives Infinity', () => Number.POSITIVE_INFINITY],
    ['gives a string', () => '12'],
    ['gives a Date', () => new Date(0)],
    ['gives a bigint', () => 1n],
    ['gives nothing', () => undefined],
    ['gives a promise', async () => 1],
    [
      'rejects',
      async () => {
        throw new Error('no time')
      },
    ],
  ])('that %s is replaced by Date.now', async (_, now) => {
    vi.useFakeTimers({ now: 77, toFake: ['Date'] })
    try {
      const [registry] = watched({ now: now as () => number })
      expect(registry.default.mark('stuck')).toBe(true)
      expect(registry.default.since).toBe(77)
      expect(registry.default.clear()).toBe(true)
      await new Promise(resolve => setImmediate(resolve))
    } finally {
      vi.useRealTimers()
    }
  })

  it('that marks another scope comes first', () => {
    const [registry, told]: [WedgeRegistry, Map<string, string>] = watched({
      now: () => {
        registry.scope('b').mark('by the clock')
        return 1
      },
    })
    expect(registry.scope('a').mark('stuck')).toBe(true)
    expect(registry.reason()).toBe('by the clock')
    expectConsistent(registry, told)
    expect(registry.scope('b').clear()).toBe(true)
    registry.scope('a').release()
    expectConsistent(registry, told)
  })

  it('that marks, clears or releases the very scope comes first', () => {
    let act: (state: WedgeState) => unknown = () => {}
    const [registry, told]: [WedgeRegistry, Map<string, string>] = watched({
      now: () => {
        const todo = act
        act = () => {}
        todo(registry.scope('a'))
        return 1
      },
    })
    act = state => state.mark('by the clock')
    expect(registry.scope('a').mark('stuck')).toBe(false)
    expect(registry.scope('a').reason()).toBe('by the clock')
    expect(registry.scope('a').marks).toBe(2)

    act = state => state.clear()
    expect(registry.scope('a').clear()).toBe(false)
    expect(registry.isWedged()).toBe(false)
    expectConsistent(registry, told)

    const { version } = registry.snapshot()
    act = state => state.mark('m') && state.clear() && state.mark('again')
    registry.scope('a').attempt().fail('stuck')
    expect(registry.snapshot().version).toBe(version + 3)

    act = state => state.clear() && state.mark('another')
    expect(registry.scope('a').clear()).toBe(false)
    expect(registry.reason()).toBe('another')

    const state = registry.scope('a')
    act = () => state.release()
    expect(state.release()).toBe(false)
    act = fresh => fresh.release()
    const next = registry.scope('a')
    expect(next.mark('stuck')).toBe(false)
    expect(registry.has('a')).toBe(false)
    expectConsistent(registry, told)
  })
})

describe('a logger', () => {
  it('that throws or rejects is survived', async () => {
    const fail = (): never => {
      throw new Error('disk full')
    }
    for (const write of [fail, async () => fail()]) {
      const [registry, told] = watched({ logger: { error: write, warn: write, info: write } as WedgeLogger })
      expect(registry.default.mark('stuck')).toBe(true)
      expect(registry.default.clear()).toBe(true)
      expect(registry.release('default')).toBe(false)
      await new Promise(resolve => setImmediate(resolve))
      expectConsistent(registry, told)
    }
  })

  it('that lost its methods since it was set is survived', () => {
    const logger: Partial<WedgeLogger> = { error() {}, warn() {}, info() {} }
    const [registry] = watched({ logger: logger as WedgeLogger })
    delete logger.error
    expect(registry.default.mark('stuck')).toBe(true)
  })

  it('that clears, marks, releases or resets acts on committed state', () => {
    const logger: WedgeLogger = { error() {}, warn() {}, info() {} }
    const [registry, told] = watched({ logger })
    const seen: string[] = []
    registry.on('change', ({ version, scope, type }) => seen.push(`${version} ${scope} ${type}`))
    logger.error = fields => registry.scope((fields as { scope: string }).scope).clear()
    expect(registry.scope('a').mark('stuck')).toBe(true)
    expect(registry.isWedged()).toBe(false)
    logger.error = () => registry.release('a')
    expect(registry.scope('a').mark('stuck')).toBe(true)
    expect(registry.has('a')).toBe(false)
    logger.error = () => registry.scope('b').mark('by the logger')
    expect(registry.scope('a').mark('stuck')).toBe(true)
    logger.info = () => registry.scope('a').mark('back')
    expect(registry.scope('a').clear()).toBe(true)

    expect(seen).toEqual([
      '1 a wedged',
      '2 a cleared',
      '3 a wedged',
      '4 a cleared',
      '5 a wedged',
      '6 b wedged',
      '7 a cleared',
      '8 a wedged',
    ])
    expectConsistent(registry, told)
  })
})

describe('a reason', () => {
  it('whose message marks comes first', () => {
    const [registry, told] = watched({})
    const state = registry.scope('a')
    const reason = {
      get message() {
        state.mark('inner')
        registry.scope('b').mark('other')
        return 'outer'
      },
    }
    expect(state.mark(reason as Error)).toBe(false)
    expect(state.reason()).toBe('inner')
    expect(state.marks).toBe(2)
    expectConsistent(registry, told)
  })

  it('whose message releases the scope marks nothing', () => {
    const { registry, lines } = createTestRegistry()
    const state = registry.scope('a')
    const reason = {
      get message() {
        state.release()
        return 'outer'
      },
    }
    expect(state.mark(reason as Error)).toBe(false)
    expect([state.isWedged(), registry.isWedged(), registry.has('a')]).toEqual([false, false, false])
    expect(lines.map(line => line.level)).toEqual(['warn'])
  })

  it('whose options throw has no cause but itself', () => {
    const [registry] = watched({})
    const options = {
      get cause(): unknown {
        throw new Error('no cause')
      },
    }
    expect(registry.scope('a').mark('stuck', options)).toBe(true)
    expect(registry.scope('a').cause).toBe(undefined)
    const error = new Error('gone')
    registry.scope('b').mark(error, options)
    expect(registry.scope('b').cause).toBe(error)
    expect(registry.scope('c').mark('stuck', null as unknown as object)).toBe(true)
  })
})

describe('foreign code in a circle', () => {
  type Circle = (registry: WedgeRegistry) => { now?: () => number; logger?: WedgeLogger; reason?: object }
  const circles: Record<string, Circle> = {
    'a clock that makes a transition each time': registry => ({
      now: () => {
        registry.scope('x').clear() || registry.scope('x').mark('by the clock')
        return 1
      },
    }),
    'a clock that releases and makes scopes': registry => ({
      now: () => {
        registry.scope('x').mark('x')
        registry.release('x')
        registry.scope('y').mark('y')
        return 1
      },
    }),
    'a logger that flips': registry => ({
      logger: {
        error: () => registry.scope('a').clear(),
        info: () => registry.scope('a').mark('by the logger'),
        warn() {},
      },
    }),
    'a message that marks with itself': registry => ({
      reason: {
        get message() {
          registry.scope('a').mark(this as unknown as Error)
          return 'turtles'
        },
      },
    }),
    'a message that flips another scope': registry => ({
      reason: {
        get message() {
          registry.scope('x').clear() || registry.scope('x').mark(this as unknown as Error)
          return 'turtles'
        },
      },
    }),
    'a signal that flips': registry => {
      const listen = (): void =>
        registry.scope('a').signal.addEventListener('abort', () => {
          registry.scope('a').clear()
          listen()
          registry.scope('a').mark('by the signal')
        })
      listen()
      return {}
    },
  }

  it.each(Object.entries(circles))('%s: ends, throws nothing, and all agree', (_, circle) => {
    let foreign: ReturnType<Circle> = {}
    const logger: WedgeLogger = {
      error: (...args) => foreign.logger?.error(...args),
      warn: (...args) => foreign.logger?.warn(...args),
      info: (...args) => foreign.logger?.info(...args),
    }
    const [registry, told] = watched({ now: () => foreign.now?.() ?? 1, logger })
    foreign = circle(registry)
    const state = registry.scope('a')
    state.mark((foreign.reason ?? 'stuck') as Error)
    state.clear()
    state.attempt().fail((foreign.reason ?? 'stuck') as Error)
    registry.scope('b').mark('stuck')
    expectConsistent(registry, told)
    expect(registry.scope('b').isWedged()).toBe(true)

    foreign = {}
    for (const each of registry) each.clear()
    expect(registry.snapshot()).toMatchObject({ wedged: false, count: 0, scopes: [] })
    expectConsistent(registry, told)
  })
})

it.each([99, 100, 150])(
  'foreign code in itself %i deep: the first 100 transitions are made, deeper ones refused',
  deep => {
    const { registry } = createTestRegistry()
    const made: boolean[] = []
    for (let index = 0; index < deep; index++) {
      registry.scope(`${index}`).signal.addEventListener('abort', () => {
        if (index + 1 < deep) made[index + 1] = registry.scope(`${index + 1}`).mark('nested')
      })
    }
    made[0] = registry.scope('0').mark('stuck')
    expect(made.filter(Boolean)).toHaveLength(Math.min(deep, 100))
    expect(registry.wedgedCount).toBe(Math.min(deep, 100))
  },
)

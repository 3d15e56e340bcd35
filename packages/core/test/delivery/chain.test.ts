import { WedgeRegistry } from '@runtime-wedge/core'
import { createTestRegistry, resetForTest } from '@runtime-wedge/testing'
import { describe, expect, it } from 'vitest'

const UNSUBSCRIBED =
  /^runtime wedge listener unsubscribed after (a chain of 100 transitions|100,000 calls that made one another)$/
const REFUSED =
  /^runtime wedge transition refused after (a chain of 100 transitions|100,000 calls that made one another)$/

const ended = (lines: readonly { message: string }[]): number =>
  lines.filter(({ message }) => UNSUBSCRIBED.test(message)).length

it('ends a chain of 100 transitions: one listener is unsubscribed with an error that names event and scope', () => {
  const { registry, lines } = createTestRegistry()
  const state = registry.scope('a')
  const bystander: number[] = []
  state.on('change', ({ type }) => (type === 'wedged' ? state.clear() : state.mark('flip')))
  registry.on('change', ({ version }) => bystander.push(version))
  state.mark('stuck')

  const errors = lines.filter(line => UNSUBSCRIBED.test(line.message))
  expect(errors).toEqual([
    { level: 'error', message: expect.stringMatching(UNSUBSCRIBED), fields: { event: 'change', scope: 'a' } },
  ])
  const { version } = registry.snapshot()
  expect(version).toBe(101)
  expect(bystander).toEqual(Array.from({ length: version }, (_, index) => index + 1))

  const before = state.isWedged()
  state.clear()
  state.mark('it is gone')
  expect([before, state.isWedged()]).toEqual([true, true])
})

it('ends a chain between two listeners, and drops nothing for a third', () => {
  const { registry, lines } = createTestRegistry()
  const [a, b] = [registry.scope('a'), registry.scope('b')]
  const heard: number[] = []
  a.on('change', ({ type }) => (type === 'wedged' ? b.mark('flop') : b.clear()))
  b.on('change', ({ type }) => (type === 'wedged' ? a.clear() : a.mark('flip')))
  registry.on('change', ({ version }) => heard.push(version))
  a.mark('stuck')

  const count = ended(lines)
  expect(count).toBeGreaterThan(0)
  expect(heard).toEqual(Array.from({ length: registry.snapshot().version }, (_, index) => index + 1))
  expect(registry.snapshot().version).toBe(100 + count)
})

it('logs the listener once, however many transitions it makes at the end of the chain', () => {
  const { registry, lines } = createTestRegistry()
  const state = registry.scope('a')
  state.on('change', () => {
    const flips = registry.snapshot().version < 100 ? 1 : 4
    for (let flip = 0; flip < flips; flip++) state.isWedged() ? state.clear() : state.mark('flip')
  })
  state.mark('stuck')
  expect(ended(lines)).toBe(1)
})

it.each([
  ['before', 1],
  ['after', 0],
])('ends a listener that subscribes itself anew %s each flip', (when, unsubscribed) => {
  const { registry, lines } = createTestRegistry()
  const state = registry.default
  const subscribe = (): void => {
    state.on('change', react, { once: true })
  }
  const react = (): void => {
    if (registry.snapshot().version > 1_000) throw new Error('never ends')
    if (when === 'before') subscribe()
    state.isWedged() ? state.clear() : state.mark('flip')
    if (when === 'after') subscribe()
  }
  subscribe()
  state.mark('stuck')

  // What is subscribed after a transition does not hear of it: that is no chain.
  expect(registry.snapshot().version).toBe(unsubscribed === 1 ? 101 : 2)
  expect(ended(lines)).toBe(unsubscribed)
})

it('ends a listener at its limit that subscribes itself anew between two transitions', () => {
  const { registry } = createTestRegistry()
  const state = registry.default
  const react = (): void => {
    const { version } = registry.snapshot()
    if (version > 1_000) throw new Error('never ends')
    if (version < 100) state.on('change', react, { once: true })
    state.isWedged() ? state.clear() : state.mark('flip')
    if (version < 100) return
    state.on('change', react, { once: true })
    state.isWedged() ? state.clear() : state.mark('flip')
  }
  state.on('change', react, { once: true })
  state.mark('stuck')
  expect(registry.snapshot().version).toBe(102)
})

it.each([2, 4])('ends what multiplies: %i transitions for each one', width => {
  const { registry, lines } = createTestRegistry()
  const state = registry.default
  const heard: number[] = []
  state.on('change', () => {
    for (let flip = 0; flip < width; flip++) state.isWedged() ? state.clear() : state.mark('flip')
  })
  registry.on('change', ({ version }) => heard.push(version))
  state.mark('stuck')

  expect(ended(lines)).toBe(1)
  expect(heard).toHaveLength(registry.snapshot().version)
  expect(heard.every((version, index) => version === index + 1)).toBe(true)
})

it('ends a chain of aggregates, which names the scope that was the primary', () => {
  const { registry, lines } = createTestRegistry()
  const state = registry.scope('a')
  registry.on('aggregate', ({ current }) => (current.wedged ? state.clear() : state.mark('flip')))
  state.mark('stuck')
  expect(registry.snapshot().version).toBe(101)
  expect(lines.find(line => UNSUBSCRIBED.test(line.message))?.fields).toMatchObject({ event: 'aggregate', scope: 'a' })
})

it('ends a chain of new scopes', () => {
  const { registry, lines } = createTestRegistry()
  registry.on('scopes', () => registry.scope(`scope ${registry.size}`))
  registry.scope('first')
  expect(registry.size).toBeLessThan(200)
  expect(lines.map(line => line.fields)).toEqual([expect.objectContaining({ event: 'scopes' })])
})

it('lets a wide fan-out be: ten thousand transitions from one event are no chain', () => {
  const { registry, lines } = createTestRegistry()
  let heard = 0
  registry.on('change', ({ scope }) => {
    heard++
    if (scope === 'first') for (let index = 0; index < 10_000; index++) registry.scope(`${index}`).mark('fan-out')
  })
  registry.scope('first').mark('stuck')
  expect(heard).toBe(10_001)
  expect(registry.wedgedCount).toBe(10_001)
  expect(lines).toHaveLength(10_001)
})

it('begins anew with each transition from outside, and after an await', async () => {
  const { registry, lines } = createTestRegistry()
  const state = registry.default
  let flips = 0
  state.on('change', async () => {
    await null
    if (flips++ < 300) state.isWedged() ? state.clear() : state.mark('flip')
  })
  state.mark('stuck')
  await expect.poll(() => flips).toBe(301)
  for (let index = 0; index < 300; index++) state.clear() || state.mark('from outside')
  expect(lines.some(line => UNSUBSCRIBED.test(line.message))).toBe(false)
})

it('initial deliveries from outside are no chain', () => {
  const { registry, lines } = createTestRegistry()
  const state = registry.default
  for (let index = 0; index < 150; index++) registry.on('change', () => {}, { initial: true })()
  registry.on('change', ({ type }) => type === 'wedged' && state.clear())
  for (let index = 0; index < 150; index++) registry.on('aggregate', () => {}, {})()
  state.mark('stuck')
  expect([ended(lines), registry.snapshot().version]).toEqual([0, 2])
})

it('begins anew with each transition from outside, though a listener answers each', () => {
  const { registry, lines } = createTestRegistry()
  registry.on('change', ({ type }) => type === 'wedged' && registry.default.clear())
  for (let index = 0; index < 300; index++) registry.default.mark('from outside')
  expect([ended(lines), registry.snapshot().version]).toEqual([0, 600])
})

it('is 100 long also after very many deliveries', () => {
  const { registry, lines } = createTestRegistry()
  const state = registry.default
  const stop = registry.on('change', () => {})
  for (let index = 0; index < 40_000; index++) state.clear() || state.mark('from outside')
  stop()
  const { version } = registry.snapshot()
  state.on('change', ({ type }) => (type === 'wedged' ? state.clear() : state.mark('flip')))
  state.mark('stuck')
  expect([ended(lines), registry.snapshot().version - version]).toEqual([1, 101])
})

it('ends what a listener at its limit subscribes, also after an initial delivery inside', () => {
  const { registry, lines } = createTestRegistry()
  const state = registry.default
  registry.scope('b').mark('stuck')
  const react = (): void => {
    if (registry.snapshot().version > 1_000) throw new Error('never ends')
    registry.on('change', () => {}, { initial: true, once: true })
    state.on('change', react, { once: true })
    state.isWedged() ? state.clear() : state.mark('flip')
  }
  state.on('change', react, { once: true })
  state.mark('stuck')
  expect([ended(lines), registry.snapshot().version]).toEqual([1, 102])
})

it('ends a listener that resets the registry and marks anew', () => {
  const { registry, lines } = createTestRegistry()
  registry.on('change', ({ version }) => {
    if (version > 1_000) return
    resetForTest(registry)
    registry.default.mark('again')
  })
  registry.default.mark('stuck')
  expect(ended(lines)).toBe(1)
})

it('ends a chain that goes through initial deliveries, no sooner', () => {
  const { registry, lines } = createTestRegistry()
  const state = registry.default
  registry.scope('b').mark('stuck')
  const flip = (): void => {
    if (registry.snapshot().version > 1_000) throw new Error('never ends')
    state.isWedged() ? state.clear() : state.mark('flip')
  }
  state.on('change', () => registry.on('change', flip, { initial: true, once: true }))
  state.mark('stuck')
  expect(registry.snapshot().version).toBeGreaterThan(100)
  expect(registry.snapshot().version).toBeLessThan(110)
  expect(ended(lines)).toBeGreaterThan(0)
})

it('lets a fan-out be that takes several turns: thousands of scopes fail, recover and fail again, four times each', () => {
  const { registry, lines } = createTestRegistry()
  const marks = new Map<string, number>()
  registry.on('change', ({ scope, type }) => {
    if (scope !== 'gateway') return
    for (let index = 0; type === 'wedged' && index < 6_000; index++) registry.scope(`${index}`).mark('gateway lost')
  })
  registry.on('change', ({ scope, type }) => {
    const count = marks.get(scope) ?? 1
    marks.set(scope, count + (type === 'wedged' ? 0 : 1))
    if (scope === 'gateway') return
    if (type === 'wedged') registry.scope(scope).clear()
    else if (count < 4) registry.scope(scope).mark('again')
  })
  registry.scope('gateway').mark('gateway lost')
  expect([ended(lines), registry.wedgedCount]).toEqual([0, 1])
  expect(registry.snapshot().version).toBe(1 + 6_000 * 8)
})

it('lets a fan-out be that is wider than any limit: 150,000 transitions from one event are not a chain', () => {
  const { registry, lines } = createTestRegistry()
  const silent = { error() {}, warn() {}, info() {} }
  let heard = 0
  registry.on('change', ({ scope }) => {
    heard++
    if (scope !== 'first') return
    registry.logger = silent
    for (let index = 0; index < 150_000; index++) registry.scope(`${index}`).mark('fan-out')
  })
  registry.scope('first').mark('stuck')
  expect([heard, registry.wedgedCount, ended(lines)]).toEqual([150_001, 150_001, 0])
})

describe('listeners that subscribe with `initial`, each inside the one before,', () => {
  it('end, and the registry goes on delivering', () => {
    const { registry, lines } = createTestRegistry()
    registry.scope('a').mark('stuck')
    let calls = 0
    const listener = (): void => {
      if (++calls > 10_000) throw new Error('never ends')
      registry.on('change', listener, { initial: true })
    }
    registry.on('change', listener, { initial: true })
    expect(calls).toBe(100)
    expect(lines.slice(1).map(({ message, fields }) => [message, fields])).toEqual([
      [
        'runtime wedge listener unsubscribed after 100 subscriptions with "initial", each made inside the one before',
        { event: 'change', scope: 'a' },
      ],
    ])

    const heard: number[] = []
    const { registry: other } = createTestRegistry()
    other.scope('a').mark('stuck')
    other.on('change', ({ version }) => heard.push(version), { initial: true })
    other.scope('b').mark('stuck')
    expect(heard).toEqual([1, 2])
  })

  it('end also where each subscribes two more', () => {
    const { registry, lines } = createTestRegistry()
    registry.scope('a').mark('stuck')
    let calls = 0
    const listener = (): void => {
      calls++
      registry.on('change', listener, { initial: true, once: true })
      registry.on('change', listener, { initial: true, once: true })
    }
    registry.on('change', listener, { initial: true, once: true })
    expect(calls).toBeLessThan(300_000)
    expect(lines.length).toBeGreaterThan(1)
  })

  it('in a logger, end with one line', () => {
    const lines: string[] = []
    const registry = new WedgeRegistry()
    registry.logger = {
      error(_, message) {
        lines.push(message)
        registry.on(
          'change',
          () => {
            throw new Error('listener broke')
          },
          { initial: true },
        )
      },
      warn() {},
      info() {},
    }
    registry.scope('a').mark('stuck')
    expect(lines.filter(line => /(refused|unsubscribed) after 100 subscriptions/.test(line))).toHaveLength(1)
    expect(lines.length).toBeLessThan(200)
  })
})

describe('foreign code that is no listener', () => {
  it('in a circle that branches, ends after 100,000 calls, with one line that says so', () => {
    let calls = 0
    const refusals: string[] = []
    const toggle = (key: string): unknown => registry.scope(key).clear() || registry.scope(key).mark('again')
    const log = (_: object, message: string): void => {
      calls++
      if (REFUSED.test(message)) refusals.push(message)
      toggle('a')
      toggle('b')
    }
    const registry: WedgeRegistry = new WedgeRegistry({ logger: { error: log, warn: log, info: log } })
    expect(registry.scope('a').mark('stuck')).toBe(true)
    expect(calls).toBeLessThan(300_000)
    expect(refusals).toHaveLength(1)
  })

  it('too deep in itself, makes no transition, and one line says so: a mark is never lost in silence', () => {
    const { registry, lines } = createTestRegistry()
    const deep = (index: number): void => {
      const state = registry.scope(`${index}`)
      if (index < 150) state.signal.addEventListener('abort', () => deep(index + 1))
      state.mark('nested')
    }
    deep(0)
    expect(registry.wedgedCount).toBe(100)
    expect(lines.filter(({ message }) => REFUSED.test(message))).toEqual([
      { level: 'error', message: expect.stringContaining('a chain of 100 transitions'), fields: { scope: '100' } },
    ])
    expect(registry.scope('100').mark('from outside')).toBe(true)
  })

  it('too deep in itself, subscribes no one with `initial`, throws nothing, and one line says so', () => {
    const { registry, lines } = createTestRegistry()
    let heard = 0
    let thrown: unknown
    const deep = (index: number): void => {
      const state = registry.scope(`${index}`)
      state.signal.addEventListener('abort', () => {
        if (index < 99) return deep(index + 1)
        try {
          registry.on('change', () => heard++, { initial: true })
        } catch (error) {
          thrown = error
        }
      })
      state.mark('nested')
    }
    deep(0)
    registry.scope('later').mark('from outside')
    expect([thrown, heard]).toEqual([undefined, 0])
    expect(lines.filter(({ message }) => message.includes('refused'))).toEqual([
      {
        level: 'error',
        message: 'runtime wedge subscription refused after a chain of 100 transitions',
        fields: { event: 'change' },
      },
    ])
  })

  it('has the same limit after a listener was ended at it', () => {
    const { registry } = createTestRegistry()
    const flipped = registry.scope('flipped')
    flipped.on('change', ({ type }) => (type === 'wedged' ? flipped.clear() : flipped.mark('flip')))
    flipped.mark('stuck')
    flipped.clear()
    const deep = (index: number): void => {
      const state = registry.scope(`${index}`)
      if (index < 150) state.signal.addEventListener('abort', () => deep(index + 1))
      state.mark('nested')
    }
    deep(0)
    expect(registry.wedgedCount).toBe(100)
  })

  it('is refused again, with a line again, from the next transition on, though no one listens', () => {
    const refusals: string[] = []
    let scopes = 0
    const log = (_: object, message: string): void => {
      if (REFUSED.test(message)) refusals.push(message)
      else registry.scope(`${scopes++}`).mark('one more')
    }
    const registry: WedgeRegistry = new WedgeRegistry({ logger: { error: log, warn: log, info: log } })
    for (const key of ['a', 'b', 'c']) registry.scope(key).mark('stuck')
    expect(refusals).toHaveLength(3)
    expect(registry.wedgedCount).toBe(300)
  })
})

it('lets a fan-out be that takes several turns, however many scopes it has: each fails and recovers four times', () => {
  const registry = new WedgeRegistry({ logger: { error: note, warn: note, info: note } })
  const ends: string[] = []
  function note(_: object, message: string): void {
    if (UNSUBSCRIBED.test(message) || REFUSED.test(message)) ends.push(message)
  }
  const recoveries = new Map<string, number>()
  registry.on('change', ({ scope, type }) => {
    if (scope !== 'gateway') return
    for (let index = 0; type === 'wedged' && index < 40_000; index++) registry.scope(`${index}`).mark('gateway lost')
  })
  registry.on('change', ({ scope, type }) => {
    if (scope === 'gateway') return
    if (type === 'wedged') return registry.scope(scope).clear()
    const count = (recoveries.get(scope) ?? 0) + 1
    recoveries.set(scope, count)
    return count < 4 && registry.scope(scope).mark('again')
  })
  registry.scope('gateway').mark('gateway lost')
  expect([ends, registry.snapshot().version]).toEqual([[], 1 + 40_000 * 8])
})

it('lets a wide fan-out be that begins deep in a chain', () => {
  const registry = new WedgeRegistry({ logger: { error() {}, warn() {}, info() {} } })
  registry.on('change', ({ scope }) => {
    const depth = Number(scope)
    if (depth < 10) registry.scope(`${depth + 1}`).mark('deeper')
    if (depth === 10) for (let index = 0; index < 120_000; index++) registry.scope(`wide ${index}`).mark('wide')
  })
  registry.scope('1').mark('stuck')
  expect(registry.wedgedCount).toBe(120_010)
})

it('says once that listeners which subscribe themselves with `initial` have ended, however many they were', () => {
  const { registry, lines } = createTestRegistry()
  registry.scope('a').mark('stuck')
  registry.scope('b').mark('stuck')
  const listener = (): unknown => registry.on('change', listener, { initial: true })
  registry.on('change', listener, { initial: true })
  expect(lines.filter(({ level, message }) => level === 'error' && /unsubscribed/.test(message))).toHaveLength(1)
})

it('does not count listeners that only listen, however many they are and however deep in a chain', () => {
  const { registry, lines } = createTestRegistry()
  let last: boolean | undefined
  registry.on('change', ({ scope }) => {
    if (Number(scope) < 8) registry.scope(`${Number(scope) + 1}`).mark('chain')
    else if (scope === '8') for (let index = 0; index < 60_000; index++) registry.scope(`wide ${index}`).mark('fan-out')
    else if (scope === 'wide 59999') last = registry.scope('last').mark('after all of them')
  })
  for (let each = 0; each < 2; each++) registry.on('change', () => {})
  registry.scope('1').mark('stuck')
  expect([last, ended(lines)]).toEqual([true, 0])
})

it('begins to count again with each transition from outside: 150 fan-outs of a thousand, deep in a chain', () => {
  const registry = new WedgeRegistry({ logger: { error: () => {}, warn: () => {}, info: () => {} } })
  const toggle = (key: string): unknown => registry.scope(key).clear() || registry.scope(key).mark('again')
  registry.on('change', ({ scope }) => {
    const hop = Number(scope)
    if (hop < 7) toggle(`${hop + 1}`)
    else if (hop === 7) for (let index = 0; index < 1_000; index++) toggle(`wide ${index}`)
    else if (scope.startsWith('wide')) toggle(`after ${scope}`)
  })
  for (let time = 0; time < 150; time++) toggle('0')
  expect(registry.snapshot().version).toBe(150 * (8 + 1_000 + 1_000))
})

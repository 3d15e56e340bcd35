import { createTestRegistry } from '@runtime-wedge/testing'
import { describe, expect, it } from 'vitest'

/** Listeners of a registry's `change` events, seen by what a signal keeps: every subscription with it holds an abort listener. */
function countedSignal(): { signal: AbortSignal; abort: () => void; listeners: () => number } {
  const controller = new AbortController()
  const { signal } = controller
  let listeners = 0
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)]
  signal.addEventListener = (type: string, listener: () => void) => {
    listeners++
    add(type, listener)
  }
  signal.removeEventListener = (type: string, listener: () => void) => {
    listeners--
    remove(type, listener)
  }
  return { signal, abort: () => controller.abort(), listeners: () => listeners }
}

it('gives the events from the call on, in order, whether they wait or are waited for', async () => {
  const { registry } = createTestRegistry()
  registry.scope('a').mark('before the call')
  const changes = registry.changes()
  registry.scope('b').mark('stuck')
  registry.scope('b').clear()
  const seen: string[] = []
  setTimeout(() => {
    registry.scope('c').mark('stuck')
    registry.scope('a').clear()
  })
  for await (const { scope, type } of changes) {
    seen.push(`${scope} ${type}`)
    if (seen.length === 4) break
  }
  expect(seen).toEqual(['b wedged', 'b cleared', 'c wedged', 'a cleared'])
})

it('serves several pending next() in order', async () => {
  const { registry } = createTestRegistry()
  const changes = registry.changes()[Symbol.asyncIterator]()
  const pending = [changes.next(), changes.next()]
  registry.default.mark('stuck')
  registry.default.clear()
  expect((await Promise.all(pending)).map(({ value }) => value?.type)).toEqual(['wedged', 'cleared'])
})

it('is single-use: after a break it is over', async () => {
  const { registry } = createTestRegistry()
  const changes = registry.changes()
  registry.default.mark('stuck')
  for await (const _ of changes) break
  registry.default.clear()
  const again: unknown[] = []
  for await (const event of changes) again.push(event)
  expect(again).toEqual([])
})

describe('leaving', () => {
  it('by break unsubscribes', async () => {
    const { registry } = createTestRegistry()
    const { signal, listeners } = countedSignal()
    const changes = registry.changes({ signal })
    expect(listeners()).toBeGreaterThan(0)
    registry.default.mark('stuck')
    for await (const _ of changes) break
    expect(listeners()).toBe(0)
  })

  it('ends a pending next(), which does not hold it up', async () => {
    const { registry } = createTestRegistry()
    const iterator = registry.changes()[Symbol.asyncIterator]()
    const pending = [iterator.next(), iterator.next()]
    const over = { done: true, value: undefined }
    expect(await iterator.return?.()).toEqual(over)
    expect(await Promise.all(pending)).toEqual([over, over])
    registry.default.mark('stuck')
    expect(await iterator.return?.()).toEqual(over)
    expect(await iterator.next()).toEqual(over)
  })

  it('by abort ends the loop normally, also while it waits', async () => {
    const { registry } = createTestRegistry()
    const { signal, abort, listeners } = countedSignal()
    const seen: string[] = []
    registry.default.mark('before')
    setTimeout(() => registry.default.clear())
    for await (const { type } of registry.changes({ signal })) {
      seen.push(type)
      setTimeout(abort)
    }
    expect(seen).toEqual(['cleared'])
    expect(listeners()).toBe(0)
  })

  it('an abort before the call gives a loop without a turn', async () => {
    const { registry } = createTestRegistry()
    const changes = registry.changes({ signal: AbortSignal.abort() })
    registry.default.mark('stuck')
    for await (const _ of changes) throw new Error('a turn')
  })
})

describe('a loop that falls behind', () => {
  it('gets up to the limit, beyond it a RangeError that says what to do, and is subscribed no more', async () => {
    const { registry } = createTestRegistry()
    const { signal, listeners } = countedSignal()
    const kept = registry.changes({ limit: 4, signal: undefined })[Symbol.asyncIterator]()
    const lost = registry.changes({ limit: 3, signal })[Symbol.asyncIterator]()
    for (let index = 0; index < 2; index++) {
      registry.default.mark('stuck')
      registry.default.clear()
    }
    for (let version = 1; version <= 4; version++) expect((await kept.next()).value?.version).toBe(version)

    expect(listeners()).toBe(0)
    await expect(lost.next()).rejects.toThrow(RangeError)
    expect(await lost.next()).toEqual({ done: true, value: undefined })
  })

  it('says so in words', async () => {
    const { registry } = createTestRegistry()
    const changes = registry.changes({ limit: 1 })[Symbol.asyncIterator]()
    registry.default.mark('stuck')
    registry.default.clear()
    await expect(changes.next()).rejects.toThrow(/1 events behind.*snapshot\(\).*again/)
  })

  it('is behind by all that it has not taken, older events and newer ones', async () => {
    const { registry } = createTestRegistry()
    const changes = registry.changes({ limit: 3 })
    const run = (count: number): void => {
      for (let index = 0; index < count; index++) registry.default.clear() || registry.default.mark('stuck')
    }
    run(3)
    expect((await changes.next()).value?.version).toBe(1)
    run(1)
    expect((await changes.next()).value?.version).toBe(2)
    run(2)
    await expect(changes.next()).rejects.toThrow(RangeError)
  })

  it('keeps 1,024 by default', async () => {
    const { registry } = createTestRegistry()
    const [kept, lost] = [registry.changes(), registry.changes({ limit: undefined })]
    const run = (count: number): void => {
      for (let index = 0; index < count; index++) registry.default.clear() || registry.default.mark('stuck')
    }
    run(1_024)
    let count = 0
    for await (const _ of kept) if (++count === 1_024) break
    run(1)
    await expect(lost[Symbol.asyncIterator]().next()).rejects.toThrow(RangeError)
  })
})

it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3', null])('refuses the limit %j', limit => {
  const { registry } = createTestRegistry()
  expect(() => registry.changes({ limit: limit as number })).toThrow(TypeError)
  expect(() => registry.changes({ limit: limit as number })).toThrow(
    /^changes\({ limit }\) needs a whole number above 0, got .+\. Leave it out for 1,024\.$/,
  )
})

it('refuses a signal that is none', () => {
  const { registry } = createTestRegistry()
  expect(() => registry.changes({ signal: {} as AbortSignal })).toThrow(/AbortSignal/)
})

it('by return() is no error where the loop fell behind', async () => {
  const { registry } = createTestRegistry()
  const changes = registry.changes({ limit: 1 })
  registry.default.mark('stuck')
  registry.default.clear()
  expect(await changes.return?.()).toEqual({ done: true, value: undefined })
})

describe('throw()', () => {
  it('ends the subscription, before the first next() too, and rejects with the error', async () => {
    const { registry } = createTestRegistry()
    for (const begin of [true, false]) {
      const { signal, listeners } = countedSignal()
      const changes = registry.changes({ signal })
      if (begin) void changes.next()
      await expect(changes.throw(new Error('stop'))).rejects.toThrow('stop')
      expect(listeners()).toBe(0)
      expect(await changes.next()).toEqual({ done: true, value: undefined })
    }
  })

  it('reaches it through an outer generator, and is not held up by a pending next()', async () => {
    const { registry } = createTestRegistry()
    const { signal, listeners } = countedSignal()
    async function* outer(): AsyncGenerator<unknown> {
      yield* registry.changes({ signal })
    }
    const iterator = outer()
    const first = iterator.next()
    registry.default.mark('stuck')
    await first
    await expect(iterator.throw(new Error('stop'))).rejects.toThrow('stop')
    expect(listeners()).toBe(0)

    const changes = registry.changes()
    const pending = changes.next()
    await expect(changes.throw(new Error('stop'))).rejects.toThrow('stop')
    expect(await pending).toEqual({ done: true, value: undefined })
  })
})

it('drains a backlog of half a million events in linear time', { timeout: 60_000 }, async () => {
  const { registry } = createTestRegistry()
  registry.logger = { error() {}, warn() {}, info() {} }
  const changes = registry.changes({ limit: 500_000 })
  for (let index = 0; index < 250_000; index++) registry.default.mark('stuck') && registry.default.clear()
  let last = 0
  for await (const { version } of changes) {
    expect(version === last + 1).toBe(true)
    last = version
    if (version === 500_000) break
  }
  expect(last).toBe(500_000)
})

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { WedgeRegistry } from '@runtime-wedge/core'
import { beforeEach, describe, expect, it } from 'vitest'

/** In time that grows with the square of their number, ending these would take hours: the runner's limit would end the test. */
const MANY = 200_000

let registry: WedgeRegistry
beforeEach(() => {
  registry = new WedgeRegistry({ logger: { error() {}, warn() {}, info() {} } })
})

describe('two hundred thousand subscriptions end together in linear time:', () => {
  const counted = (): { listener: () => void; count: () => number } => {
    let count = 0
    return { listener: () => void count++, count: () => count }
  }

  it('those that heard their one event', () => {
    const { listener, count } = counted()
    for (let index = 0; index < MANY; index++) registry.on('change', listener, { once: true })
    registry.default.mark('stuck')
    registry.default.clear()
    expect(count()).toBe(MANY)
  })

  it('those of one signal, without a warning of a leak', async () => {
    const warnings: Error[] = []
    const warn = (warning: Error): number => warnings.push(warning)
    process.on('warning', warn)
    const { listener, count } = counted()
    const controller = new AbortController()
    for (let index = 0; index < MANY; index++) registry.on('change', listener, { signal: controller.signal })
    registry.default.mark('stuck')
    controller.abort()
    registry.default.clear()
    expect(count()).toBe(MANY)
    await new Promise(resolve => setImmediate(resolve))
    process.off('warning', warn)
    expect(warnings).toEqual([])
  })

  it('those of a scope that is released', () => {
    const { listener, count } = counted()
    const state = registry.scope('a')
    for (let index = 0; index < MANY; index++) state.on('change', listener)
    state.mark('stuck')
    state.release()
    expect(count()).toBe(2 * MANY)
  })

  it.each(['oldest', 'newest'])('those that are ended one by one, the %s first', first => {
    const { listener, count } = counted()
    const ends = Array.from({ length: MANY }, () => registry.on('change', listener))
    if (first === 'newest') ends.reverse()
    for (const end of ends.slice(1)) end()
    registry.default.mark('stuck')
    expect(count()).toBe(1)
  })

  it('those that wait for health, on one signal', async () => {
    const { signal } = new AbortController()
    registry.default.mark('stuck')
    const waiting = Array.from({ length: MANY }, () => registry.default.healthy({ signal }))
    registry.default.clear()
    expect(await Promise.all(waiting)).toHaveLength(MANY)
  })
})

it('keeps the order of listeners, and tells each once, whichever of them have ended', () => {
  const heard: number[] = []
  const ends = Array.from({ length: 9 }, (_, index) => registry.on('change', () => heard.push(index)))
  for (const ended of [4, 0, 8, 2, 6, 5]) ends[ended]?.()
  registry.on('change', () => heard.push(9))
  registry.default.mark('stuck')
  expect(heard).toEqual([1, 3, 7, 9])
})

it('two hundred thousand listeners that come and go beside one that stays leave nothing behind', () => {
  const { Bun } = globalThis as { Bun?: { gc(isSync: boolean): void } }
  if (!Bun) setFlagsFromString('--expose-gc')
  const gc: () => void = Bun ? () => Bun.gc(true) : runInNewContext('gc')
  const used = (): number => {
    gc()
    return process.memoryUsage().heapUsed
  }
  registry.on('change', () => {})
  const before = used()
  for (let index = 0; index < MANY; index++) registry.on('change', () => {})()
  // A listener that is kept takes a hundred bytes and more.
  expect(used() - before).toBeLessThan(4_000_000)
})

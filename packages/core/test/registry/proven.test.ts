import { createTestRegistry, resetForTest } from '@runtime-wedge/testing'
import { describe, expect, it } from 'vitest'

describe('a scope that was never heard of', () => {
  it('is not wedged, and not proven', () => {
    const { registry } = createTestRegistry()
    for (const state of [registry.default, registry.scope('a')]) {
      expect(state).toMatchObject({ proven: false, lastSuccess: null })
      expect(state.isWedged()).toBe(false)
    }
  })

  it('is not proven by a failure', () => {
    const { registry } = createTestRegistry()
    registry.default.mark('stuck')
    registry.scope('a').attempt().fail('stuck')
    expect([registry.default.proven, registry.scope('a').proven]).toEqual([false, false])
  })
})

describe('the first success', () => {
  it.each(['clear', 'succeed'] as const)('by %s proves it, with one event that is not a transition', how => {
    const { registry, lines } = createTestRegistry()
    const events: unknown[] = []
    registry.on('scopes', event => events.push(event))
    const succeed = (key: string): boolean =>
      how === 'clear' ? registry.scope(key).clear() : registry.scope(key).attempt().succeed()
    for (const key of ['default', 'a', 'a', 'default']) expect(succeed(key)).toBe(false)
    expect(events).toEqual([
      { type: 'proven', scope: 'default', version: 0 },
      { type: 'added', scope: 'a', version: 0 },
      { type: 'proven', scope: 'a', version: 0 },
    ])
    expect(events.every(Object.isFrozen)).toBe(true)
    expect([registry.default.proven, registry.scope('a').proven, registry.snapshot().version]).toEqual([true, true, 0])
    expect(lines).toEqual([])
  })

  it('that ends a wedge is told after the change', () => {
    const { registry } = createTestRegistry()
    const told: string[] = []
    registry.on('scopes', ({ type }) => told.push(type))
    registry.on('change', ({ type }) => told.push(`${type}, proven ${registry.default.proven}`))
    registry.default.mark('stuck')
    registry.default.clear()
    expect(told).toEqual(['wedged, proven false', 'cleared, proven true', 'proven'])
  })

  it('proves it also where a newer wedge stays', () => {
    const { registry } = createTestRegistry()
    const attempt = registry.default.attempt()
    registry.default.mark('stuck')
    expect(attempt.succeed()).toBe(false)
    expect([registry.default.isWedged(), registry.default.proven]).toEqual([true, true])
  })
})

describe('the last success', () => {
  it('is when an attempt last succeeded; a bare clear() reads no clock', () => {
    let reads = 0
    const { registry, clock } = createTestRegistry({ start: 10 })
    const state = registry.scope('a')
    state.clear()
    expect(state.lastSuccess).toBe(null)
    state.attempt().succeed()
    expect(state.lastSuccess).toBe(10)
    clock.advance(5)
    state.mark('stuck')
    state.clear()
    expect(state.lastSuccess).toBe(10)
    state.attempt().succeed()
    expect(state.lastSuccess).toBe(15)

    const counted = createTestRegistry().registry
    Object.defineProperty(counted, 'reads', { get: () => reads++ })
    counted.default.clear()
    expect(reads).toBe(0)
  })
})

describe('what was proven', () => {
  it('stays so through wedges, until the release', () => {
    const { registry } = createTestRegistry()
    const state = registry.scope('a')
    state.attempt().succeed()
    state.mark('stuck')
    expect([state.proven, state.lastSuccess]).toEqual([true, 0])
    state.release()
    expect([state.proven, state.lastSuccess]).toEqual([false, null])
    state.clear()
    expect([state.proven, registry.scope('a').proven]).toEqual([false, false])
  })

  it('is unproven again after a test reset, which makes open attempts inert', () => {
    const { registry } = createTestRegistry()
    const state = registry.scope('a')
    state.attempt().succeed()
    const before = state.attempt()
    resetForTest(registry)
    expect([state.proven, state.lastSuccess]).toEqual([false, null])
    before.succeed()
    expect([state.proven, state.lastSuccess]).toEqual([false, null])
    state.clear()
    expect(state.proven).toBe(true)
  })

  it('is not so by an attempt of a scope that was released meanwhile', () => {
    const { registry } = createTestRegistry()
    const state = registry.scope('a')
    const attempt = state.attempt()
    state.release()
    const events: unknown[] = []
    registry.on('scopes', event => events.push(event))
    expect(attempt.succeed()).toBe(false)
    expect([state.proven, events]).toEqual([false, []])
  })
})

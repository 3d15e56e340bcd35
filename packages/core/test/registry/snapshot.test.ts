import type { WedgeChange, WedgeSnapshot } from '@runtime-wedge/core'
import { createTestRegistry, recordChanges } from '@runtime-wedge/testing'
import { expect, it } from 'vitest'

const HEALTHY = { wedged: false, reason: '', scope: null, since: null, wedgedSince: null, count: 0, scopes: [] }

it('is plain JSON, primary first, and the registry writes itself as it', () => {
  const { registry, clock } = createTestRegistry({ start: 10 })
  expect(registry.snapshot()).toEqual({ ...HEALTHY, version: 0 })
  registry.scope('b').mark('b stuck', { cause: Symbol('never in JSON') })
  clock.advance(5)
  registry.scope('a').mark('a stuck')

  const expected = {
    wedged: true,
    reason: 'b stuck',
    scope: 'b',
    since: 10,
    wedgedSince: 10,
    count: 2,
    version: 2,
    scopes: [
      { scope: 'b', reason: 'b stuck', since: 10 },
      { scope: 'a', reason: 'a stuck', since: 15 },
    ],
  }
  expect(registry.snapshot()).toEqual(expected)
  expect(JSON.parse(JSON.stringify(registry))).toEqual(expected)
  expect(registry.toJSON()).toBe(registry.snapshot())
})

it('is frozen through and through, and stays what it was', () => {
  const { registry } = createTestRegistry()
  registry.scope('a').mark('stuck')
  const snapshot = registry.snapshot()
  registry.scope('a').clear()

  expect([snapshot, snapshot.scopes, ...snapshot.scopes].every(Object.isFrozen)).toBe(true)
  expect(snapshot).toMatchObject({ wedged: true, count: 1, version: 1 })
})

it('is the same object until something changes', () => {
  const { registry } = createTestRegistry()
  const healthy = registry.snapshot()
  registry.scope('a').clear()
  expect(registry.snapshot()).toBe(healthy)

  registry.scope('a').mark('stuck')
  const wedged = registry.snapshot()
  expect(wedged).not.toBe(healthy)
  registry.scope('a').mark('again')
  registry.scope('b').release()
  expect(registry.snapshot()).toBe(wedged)

  registry.scope('a').clear()
  expect(registry.snapshot()).toEqual({ ...HEALTHY, version: 2 })
})

it('dates the outage from the mark that ended health, whoever is the primary by now', () => {
  const { registry, clock } = createTestRegistry({ start: 100 })
  const since = (): unknown[] => [registry.snapshot().since, registry.snapshot().wedgedSince]
  registry.scope('a').mark('stuck')
  clock.advance(10)
  registry.scope('b').mark('stuck')
  expect(since()).toEqual([100, 100])
  registry.scope('a').clear()
  expect(since()).toEqual([110, 100])
  clock.advance(10)
  registry.scope('a').mark('stuck')
  registry.scope('b').release()
  expect(since()).toEqual([120, 100])
  registry.scope('a').clear()
  expect(since()).toEqual([null, null])
  registry.scope('a').mark('stuck')
  expect(since()).toEqual([120, 120])
})

it('plus the change events of a greater version gives the current snapshot', () => {
  const { registry, clock } = createTestRegistry()
  const { events } = recordChanges(registry)
  const steps = ['a+', 'b+', 'c+', 'a-', 'a+', 'b!', 'b+', 'c-', 'a-', 'b-', 'c+', 'a+', 'c!']
  const snapshots = [registry.snapshot()]
  for (const step of steps) {
    const state = registry.scope(step[0]!)
    clock.advance(1)
    if (step[1] === '+') state.mark(`${step} at ${clock.now()}`)
    else if (step[1] === '-') state.clear()
    else state.release()
    snapshots.push(registry.snapshot())
  }
  for (const snapshot of snapshots) expect(replay(snapshot, events)).toEqual(registry.snapshot().scopes)
  expect(events.map(event => event.version)).toEqual(steps.map((_, index) => index + 1))
})

function replay(snapshot: WedgeSnapshot, events: readonly WedgeChange[]): unknown[] {
  const wedged = new Map(snapshot.scopes.map(scope => [scope.scope, scope]))
  for (const { type, scope, reason, since, version } of events) {
    if (version <= snapshot.version) continue
    if (type === 'wedged') wedged.set(scope, { scope, reason, since })
    else wedged.delete(scope)
  }
  return [...wedged.values()]
}

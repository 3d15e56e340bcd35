import { clearWedge, defaultRegistry, markWedged, WedgeRegistry, type WedgeState } from '@runtime-wedge/core'
import { resetForTest } from '@runtime-wedge/testing'
import { afterEach, expect, it } from 'vitest'

const silent = { error() {}, warn() {}, info() {} }

afterEach(() => resetForTest())

/** A runaway recursion, in whose every frame a `catch` calls `act`, as an adapter's does. @returns what `act` threw, but for the calls that had no room to begin */
function runAway(act: (error: unknown) => unknown): void {
  const recurse = (): void => {
    try {
      recurse()
    } catch (error) {
      try {
        act(error)
      } catch {
        // This frame has not even the room for the call.
      }
      throw error
    }
  }
  expect(recurse).toThrow(RangeError)
}

const acts: Record<string, (registry: WedgeRegistry, state: WedgeState) => (error: unknown) => unknown> = {
  mark: (_, state) => error => state.mark(error as Error),
  'mark and clear': (_, state) => error => (state.isWedged() ? state.clear() : state.mark(error as Error)),
  'fail and succeed': (_, state) => error =>
    state.isWedged() ? state.attempt().succeed() : state.attempt().fail(error as Error),
  'mark, then a look at the signal': (_, state) => error => state.mark(error as Error) || state.signal,
  'release and a new scope': registry => error =>
    registry.scope('b').mark(error as Error) ? undefined : registry.release('b'),
  'mark with listeners that come and go': (registry, state) => error => {
    registry.on('change', () => {}, { once: true })
    return state.mark(error as Error)
  },
}

it.each(Object.entries(acts))(
  '%s, in each catch of a runaway recursion: nothing is lost, nothing is half done',
  async (_, act) => {
    const registry = new WedgeRegistry({ logger: silent })
    const state = registry.scope('a')
    const heard: number[] = []
    registry.on('change', ({ version }) => heard.push(version))
    for (let round = 0; round < 30; round++) {
      runAway(act(registry, state))
      await new Promise(resolve => setImmediate(resolve))
      const { version, count, scopes } = registry.snapshot()
      const wedged = [...registry].filter(each => each.isWedged())
      expect([count, scopes.length, registry.wedgedCount]).toEqual(Array(3).fill(wedged.length))
      expect(new Set(scopes.map(({ scope }) => scope))).toEqual(new Set(wedged.map(({ scope }) => scope)))
      expect(heard).toEqual(Array.from({ length: version }, (_, index) => index + 1))
      for (const each of registry) each.clear()
    }
    expect(registry.scope('later').mark('stuck')).toBe(true)
    expect(heard.at(-1)).toBe(registry.snapshot().version)
  },
)

it('the four functions too', async () => {
  defaultRegistry().logger = silent
  const heard: string[] = []
  const stop = defaultRegistry().on('change', ({ type }) => heard.push(type))
  runAway(error => markWedged(error as Error))
  runAway(() => clearWedge())
  await new Promise(resolve => setImmediate(resolve))
  expect(heard).toEqual(['wedged', 'cleared'])
  stop()
})

it('a signal aborts, and who waits for health is told', async () => {
  const registry = new WedgeRegistry({ logger: silent })
  const state = registry.scope('a')
  const { signal } = state
  let aborts = 0
  signal.addEventListener('abort', () => aborts++)
  runAway(error => state.mark(error as Error))
  await new Promise(resolve => setImmediate(resolve))
  expect([signal.aborted, aborts]).toEqual([true, 1])
  const healthy = state.healthy()
  runAway(() => state.clear())
  expect(await healthy).toBe(undefined)
})

it('a call that did nothing says so, in each catch of a runaway recursion', () => {
  const registry = new WedgeRegistry({ logger: silent })
  const state = registry.scope('a')
  registry.on('change', () => {})
  // Counted without a call, for which there may be no room.
  let told = 0
  let odd = 0
  for (let round = 0; round < 30; round++) {
    runAway(error => {
      const did: unknown = state.isWedged() ? state.clear() : state.mark(error as Error)
      if (did === true) told++
      else if (did !== false) odd++
    })
  }
  expect(odd).toBe(0)
  expect(told).toBeGreaterThan(0)
  expect(told).toBeLessThanOrEqual(registry.snapshot().version)
})

it('a mark that there was no room for leaves open attempts as they were', () => {
  for (let round = 0; round < 30; round++) {
    const registry = new WedgeRegistry({ logger: silent })
    const state = registry.scope('a')
    registry.on('change', () => {})
    registry.on('aggregate', () => {})
    const attempt = state.attempt()
    let isMarked = false
    runAway(error => {
      if (!isMarked) isMarked = state.mark(error as Error)
    })
    const { marks } = state
    attempt.fail('a repeat of that wedge')
    expect(state.marks).toBe(marks + 1)
  }
})

it('who listens once, and who iterates the changes, is told', async () => {
  for (let round = 0; round < 40; round++) {
    const registry = new WedgeRegistry({ logger: silent })
    const heard: string[] = []
    registry.on('change', ({ type }) => heard.push(type), { once: true })
    const changes = registry.changes()
    const next = changes.next()
    runAway(error => registry.default.mark(error as Error))
    const { value } = await next
    expect([heard, value?.type]).toEqual([['wedged'], 'wedged'])
    await changes.return()
  }
})

it('a listener that returns something is called once per event', async () => {
  for (let round = 0; round < 60; round++) {
    const registry = new WedgeRegistry({ logger: silent })
    const heard: number[] = []
    registry.on('change', ({ version }) => heard.push(version))
    runAway(error => registry.default.mark(error as Error))
    await new Promise(resolve => setImmediate(resolve))
    expect(heard).toEqual([1])
  }
})

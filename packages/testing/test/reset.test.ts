import { defaultRegistry, isWedged, markWedged, type WedgeChange } from '@runtime-wedge/core'
import { autoReset, captureLogs, createTestRegistry, recordChanges, resetForTest } from '@runtime-wedge/testing'
import { afterEach, describe, expect, it } from 'vitest'

afterEach(() => resetForTest())

describe('resetForTest', () => {
  it('makes every scope healthy in place: handles, listeners, signals and the logger stay', () => {
    const { registry } = createTestRegistry()
    const { logger } = registry
    const states = [registry.default, registry.scope('a'), registry.scope('b')]
    const heard: WedgeChange[] = []
    registry.on('change', event => heard.push(event))
    registry.scope('a').on('change', event => heard.push(event))
    for (const state of states) state.mark('gone')
    const signals = states.map(state => state.signal)
    heard.length = 0

    resetForTest(registry)

    expect(Array.from(registry)).toEqual(states)
    expect(states.map(state => [state.isWedged(), state.reason(), state.since, state.marks])).toEqual(
      states.map(() => [false, '', null, 0]),
    )
    expect(states.map(state => state.signal)).toEqual(signals)
    expect(signals.some(({ aborted }) => aborted)).toBe(false)
    expect(registry.snapshot()).toMatchObject({ wedged: false, reason: '', wedgedSince: null, count: 0, scopes: [] })
    expect(registry.logger).toBe(logger)

    registry.scope('a').mark('again')
    expect(heard.map(({ reason }) => reason)).toEqual(['again', 'again'])
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true, false])
  })

  it('emits nothing, logs nothing, and moves the version by one', () => {
    const { registry, lines } = createTestRegistry()
    registry.scope('a').mark('gone')
    const { events, aggregates } = recordChanges(registry)
    const { version } = registry.snapshot()
    const logged = lines.length
    resetForTest(registry)
    expect([events, aggregates, lines.length]).toEqual([[], [], logged])
    expect(registry.snapshot().version).toBe(version + 1)
  })

  it('makes open attempts inert, whenever they began', () => {
    const { registry } = createTestRegistry()
    const state = registry.scope('a')
    const attempts = [state.attempt()]
    state.mark('gone')
    attempts.push(state.attempt())
    resetForTest(registry)
    const during = state.attempt()
    expect(attempts.map(attempt => attempt.fail('late'))).toEqual([false, false])
    state.mark('of this test')
    expect(attempts.map(attempt => attempt.succeed())).toEqual([false, false])
    expect(state.reason()).toBe('of this test')
    expect(during.fail('in time')).toBe(false)
    expect(state.marks).toBe(2)
  })

  it('forgets every success: a scope is unproven again, and no attempt from before proves it', () => {
    const { registry } = createTestRegistry()
    const states = [registry.default, registry.scope('a')]
    const attempts = states.map(state => state.attempt())
    for (const attempt of attempts) attempt.succeed()
    const proven: string[] = []
    registry.on('scopes', ({ type, scope }) => type === 'proven' && proven.push(scope))
    const evidence = () => states.map(state => [state.proven, state.lastSuccess])
    expect(evidence()).toEqual(states.map(() => [true, 0]))

    resetForTest(registry)
    expect(evidence()).toEqual(states.map(() => [false, null]))
    for (const attempt of attempts) attempt.succeed()
    expect([evidence(), proven]).toEqual([states.map(() => [false, null]), []])

    for (const state of states) state.clear()
    expect([evidence(), proven]).toEqual([states.map(() => [true, null]), ['default', 'a']])
  })

  it('drops queued events, even when it is called inside a listener', () => {
    const { registry } = createTestRegistry()
    const heard: string[] = []
    registry.on('change', ({ scope }) => {
      if (scope !== 'first') return
      registry.scope('second').mark('made by a listener')
      resetForTest(registry)
    })
    registry.on('change', ({ scope }) => heard.push(scope))
    registry.scope('first').mark('gone')
    expect(heard).not.toContain('second')
    expect(registry.isWedged()).toBe(false)
    registry.scope('third').mark('later')
    expect(heard.at(-1)).toBe('third')
  })

  it('resolves healthy() of a wedged scope', async () => {
    const { registry } = createTestRegistry()
    registry.scope('a').mark('gone')
    const healthy = registry.scope('a').healthy()
    resetForTest(registry)
    await expect(healthy).resolves.toBeUndefined()
  })

  it('ends the captures of that registry, empties them, and leaves the others', () => {
    const [one, other] = [createTestRegistry().registry, createTestRegistry().registry]
    const { logger } = one
    const captures = [captureLogs(one), captureLogs(one), captureLogs(other)]
    for (const registry of [one, other]) registry.default.mark('gone')
    resetForTest(one)
    expect(captures.map(({ lines }) => lines.length)).toEqual([0, 0, 1])
    expect(one.logger).toBe(logger)
    one.default.mark('later')
    expect(captures[0]!.lines).toEqual([])
  })

  it('resets the default registry when it is given none', () => {
    captureLogs()
    markWedged('gone')
    resetForTest()
    expect(isWedged()).toBe(false)
  })

  it('works on the registry of another copy, whose class is another one', () => {
    let resets = 0
    const registry = { logger: console, [Symbol.for('runtime-wedge.reset')]: () => resets++ }
    resetForTest(registry)
    expect(resets).toBe(1)
  })

  it.each([
    [null, 'null'],
    [{}, 'an object'],
    ['default', '"default"'],
    [1, '1'],
  ])('refuses %o, which is not a registry', (value, shown) => {
    expect(() => resetForTest(value as never)).toThrow(
      `resetForTest(registry) needs a WedgeRegistry of @runtime-wedge/core, got ${shown}. Leave it out for the default registry.`,
    )
  })
})

describe('autoReset', () => {
  it('resets the default registry in both hooks, whichever runner they are of', () => {
    const hooks: Record<string, () => void> = {}
    const hook = (name: string) => (run: () => void) => {
      hooks[name] = run
    }
    autoReset({ beforeEach: hook('beforeEach'), afterEach: hook('afterEach') })
    for (const name of ['beforeEach', 'afterEach']) {
      captureLogs()
      defaultRegistry().scope('a').mark('gone')
      hooks[name]!()
      expect(isWedged(), name).toBe(false)
    }
  })
})

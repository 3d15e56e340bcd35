import type { WedgeState } from '@runtime-wedge/core'
import { createGuard, type GuardCall, type GuardOptions } from '@runtime-wedge/core/guard'
import { describe, expect, test, vi } from 'vitest'
import { deferred, failure, newState, pass, setUp, silence, useFakeTime } from './support.ts'

useFakeTime()

describe('bad input is a TypeError where it is set up', () => {
  test.each<[object, string]>([
    [{ connectDeadlineMs: 0 }, 'connectDeadlineMs must be milliseconds from above 0 to 2147483647, got 0. Infinity'],
    [{ requestDeadlineMs: -1 }, 'requestDeadlineMs must be milliseconds from above 0 to 2147483647, got -1.'],
    [{ firstMessageMs: Number.NaN }, 'firstMessageMs must be milliseconds from above 0 to 2147483647, got NaN.'],
    [{ idleMs: '30' }, 'idleMs must be milliseconds from above 0 to 2147483647, got "30".'],
    [{ idleMs: 2 ** 31 }, 'got 2147483648. Infinity is no deadline.'],
    [{ suspectLimit: 0 }, 'suspectLimit must be a whole number from 1, got 0. The default is 2.'],
    [{ suspectLimit: 1.5 }, 'suspectLimit must be a whole number from 1, got 1.5.'],
    [{ classify: 'wedge' }, 'classify must be a function, got "wedge". Leave it out for the default.'],
    [{ describe: {} }, 'describe must be a function, got object.'],
    [{ isSuccess: true }, 'isSuccess must be a function, got boolean.'],
  ])('%j', (options, message) => {
    const make = (): unknown => createGuard(newState(), options as GuardOptions)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })

  test('no state', () => {
    const make = (): unknown => createGuard(undefined as unknown as WedgeState)
    expect(make).toThrow(
      new TypeError('createGuard(state) needs a WedgeState, got undefined. Pass registry.scope(key).'),
    )
  })

  test('a call that has no deadline from either place', () => {
    const guard = createGuard(newState())
    const work = vi.fn()
    const wayOut = 'to createGuard or to this call. Infinity is no deadline.'
    for (const call of ['connect', 'request'] as const) {
      expect(() => guard[call](work)).toThrow(TypeError)
      expect(() => guard[call](work)).toThrow(`${call} has no deadline. Give ${call}DeadlineMs ${wayOut}`)
    }
    expect(() => guard.stream(work)).toThrow(TypeError)
    expect(() => guard.stream(work)).toThrow(`stream has no deadline. Give firstMessageMs or idleMs ${wayOut}`)
    expect(work).not.toHaveBeenCalled()
  })

  test('bad options of a call, and work that is no function', () => {
    const { guard } = setUp()
    expect(() => guard.request(silence, { requestDeadlineMs: 0 })).toThrow(/^requestDeadlineMs must be/)
    expect(() => guard.stream(silence, { idleMs: -5 })).toThrow(/^idleMs must be/)
    const promise = Promise.resolve() as unknown as () => void
    expect(() => guard.connect(promise)).toThrow('connect(work) needs a function, got object. Pass () => the call.')
  })

  test('Infinity and undefined are allowed everywhere', async () => {
    const guard = createGuard(newState(), {
      connectDeadlineMs: Infinity,
      requestDeadlineMs: undefined,
      firstMessageMs: undefined,
      idleMs: Infinity,
      suspectLimit: Infinity,
      classify: undefined,
      describe: undefined,
      isSuccess: undefined,
    })
    expect(await guard.connect(async () => 1)).toBe(1)
    expect(await guard.request(async () => 2, { requestDeadlineMs: Infinity, signal: undefined })).toBe(2)
  })
})

describe('hooks', () => {
  test('classify sees the error, the phase, whether the caller aborted, and the call; its verdict counts', async () => {
    const classify = vi.fn(() => 'wedge' as const)
    const { guard, state } = setUp({ classify })
    const error = new Error('session is corrupt')
    let call: GuardCall | undefined
    await failure(
      guard.request(given => {
        call = given
        return Promise.reject(error)
      }),
    )
    expect(classify.mock.calls).toEqual([[error, { phase: 'request', aborted: false, call }]])
    expect(state.reason()).toBe('request: session is corrupt — restart agent')
  })

  test("classify can acquit a connect; the guard's own deadlines never pass through it", async () => {
    const classify = vi.fn(() => 'alive' as const)
    const { guard, state } = setUp({ classify })
    await failure(guard.connect(() => Promise.reject(new Error('401'))))
    expect(state.isWedged()).toBe(false)
    failure(guard.connect(silence))
    await pass(1_000)
    expect(state.isWedged()).toBe(true)
    expect(classify).toHaveBeenCalledTimes(1)
  })

  test('describe gives the reason, and may build on the default one', async () => {
    const { guard, state } = setUp({ describe: (_, { reason, phase }) => `${reason} [${phase}] stderr: boom` })
    guard.report(new Error('exited'))
    expect(state.reason()).toBe('exited — restart agent [idle] stderr: boom')
  })

  test('describe that gives nothing leaves the default', () => {
    const { guard, state } = setUp({ describe: () => undefined })
    guard.report('exited')
    expect(state.reason()).toBe('exited — restart agent')
  })

  test('a hook that throws counts as undefined, and never replaces what the caller gets', async () => {
    const broken = (): never => {
      throw new Error('bug in the hook')
    }
    const { guard, state } = setUp({ classify: broken, describe: broken, isSuccess: broken })
    const error = new Error('spawn x ENOENT')
    expect(await failure(guard.connect(() => Promise.reject(error)))).toBe(error)
    expect(state.reason()).toBe('connect: spawn x ENOENT — restart agent')
    expect(await guard.request(async () => 'value')).toBe('value')
    expect(state.isWedged()).toBe(true)
  })

  test('a verdict that does not exist counts as undefined', async () => {
    const { guard, state } = setUp({ classify: () => 'dead' as 'wedge' })
    await failure(guard.request(() => Promise.reject(new Error('busy'))))
    expect(state.isWedged()).toBe(false)
  })
})

describe('nested guards', () => {
  test('one timeout seen by two guards of one state is one suspect for each', async () => {
    const { guard: inner, state } = setUp()
    const { guard: outer } = setUp({ requestDeadlineMs: 10_000 }, state)
    for (const wedged of [false, true]) {
      failure(outer.request(() => inner.request(silence)))
      await pass(500)
      expect(state.isWedged()).toBe(wedged)
    }
    expect(state.marks).toBe(1)
  })

  test('an inner guard of another scope: its deadline is ignored by the outer one, its success is no alibi', async () => {
    const { guard: inner, state: tool } = setUp({ suspectLimit: 1 }, newState('tool'))
    const { guard: outer, state: agent } = setUp({ suspectLimit: 2, requestDeadlineMs: 2_000 })
    failure(outer.request(silence))
    await pass(2_000)
    failure(outer.request(() => inner.request(silence)))
    await pass(500)
    expect(tool.isWedged()).toBe(true)
    expect(agent.isWedged()).toBe(false)
    failure(
      outer.request(async () => {
        await inner.request(async () => 'pong')
        return silence()
      }),
    )
    await pass(2_000)
    expect(tool.isWedged()).toBe(false)
    expect(agent.isWedged()).toBe(true)
  })

  test('the same guard within itself counts a failure once', async () => {
    const { guard, state } = setUp()
    const error = Object.assign(new Error('reset'), { code: 'ECONNRESET' })
    await failure(guard.request(() => guard.request(() => Promise.reject(error))))
    expect(state.isWedged()).toBe(false)
    await failure(guard.request(() => guard.request(() => Promise.reject(error))))
    expect(state.isWedged()).toBe(true)
  })

  test('an outer success does not clear what an inner failure marked meanwhile', async () => {
    const { guard: inner, state } = setUp({ suspectLimit: 1 })
    const { guard: outer } = setUp({}, state)
    const work = deferred()
    const answer = outer.request(async () => {
      await inner.request(silence, { requestDeadlineMs: 10 }).catch(() => {})
      return work.promise
    })
    await pass(10)
    work.resolve('outer result')
    await answer
    expect(state.isWedged()).toBe(true)
  })
})

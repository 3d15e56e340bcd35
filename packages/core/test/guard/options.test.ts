import type { WedgeState } from '@runtime-wedge/core'
import { createGuard, type GuardCall, type GuardOptions } from '@runtime-wedge/core/guard'
import { describe, expect, test, vi } from 'vitest'
import { deferred, failure, newState, pass, setUp, silence, useFakeTime } from './support.ts'

useFakeTime()

describe('bad input is a TypeError where it is set up', () => {
  const MS = 'a number of milliseconds above 0 and up to 2147483647'
  test.each<[object, string]>([
    [{ connectDeadlineMs: 0 }, `createGuard({ connectDeadlineMs }) needs ${MS}, got 0. Pass Infinity for no deadline.`],
    [{ requestDeadlineMs: -1 }, `createGuard({ requestDeadlineMs }) needs ${MS}, got -1. Pass Infinity`],
    [{ firstMessageMs: Number.NaN }, `createGuard({ firstMessageMs }) needs ${MS}, got NaN.`],
    [{ idleMs: '30' }, `createGuard({ idleMs }) needs ${MS}, got "30".`],
    [{ idleMs: 2 ** 31 }, `createGuard({ idleMs }) needs ${MS}, got 2147483648.`],
    [
      { suspectLimit: 0 },
      'createGuard({ suspectLimit }) needs a whole number of at least 1, or Infinity, got 0. Leave it out',
    ],
    [{ suspectLimit: 1.5 }, 'got 1.5. Leave it out for 2.'],
    [{ suspectLimit: '2' }, 'got "2".'],
    [{ classify: 'wedge' }, 'createGuard({ classify }) needs a function, got "wedge". Leave it out for the default.'],
    [{ describe: {} }, 'createGuard({ describe }) needs a function, got an object.'],
    [{ isSuccess: true }, 'createGuard({ isSuccess }) needs a function, got true.'],
  ])('%j', (options, message) => {
    const make = (): unknown => createGuard(newState(), options as GuardOptions)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })

  test('a state is needed', () => {
    const make = (): unknown => createGuard(undefined as unknown as WedgeState)
    expect(make).toThrow(
      new TypeError('createGuard(state) needs a WedgeState, got undefined. Pass registry.scope(key).'),
    )
  })

  test('options that are not an object are refused', () => {
    const make = (): unknown => createGuard(newState(), null as unknown as GuardOptions)
    expect(make).toThrow(
      new TypeError('createGuard(options) needs an object, got null. Leave it out for the defaults.'),
    )
  })

  test('a call needs a deadline, from the guard or its own options', () => {
    const guard = createGuard(newState())
    const work = vi.fn()
    const wayOut = 'to createGuard or to this call. Pass Infinity for no deadline.'
    for (const call of ['connect', 'request'] as const) {
      expect(() => guard[call](work)).toThrow(TypeError)
      expect(() => guard[call](work)).toThrow(
        `${call}(work, { ${call}DeadlineMs }) needs milliseconds, got undefined. Give ${call}DeadlineMs ${wayOut}`,
      )
    }
    expect(() => guard.stream(work)).toThrow(TypeError)
    expect(() => guard.stream(work)).toThrow(
      `stream(work, { firstMessageMs or idleMs }) needs milliseconds, got undefined. Give firstMessageMs or idleMs ${wayOut}`,
    )
    expect(work).not.toHaveBeenCalled()
  })

  test('a call needs valid options, and work that is a function', () => {
    const { guard } = setUp()
    expect(() => guard.request(silence, { requestDeadlineMs: 0 })).toThrow(/^request\(\{ requestDeadlineMs \}\) needs/)
    expect(() => guard.stream(silence, { idleMs: -5 })).toThrow(/^stream\(\{ idleMs \}\) needs/)
    const promise = Promise.resolve() as unknown as () => never
    for (const call of ['connect', 'request', 'stream'] as const) {
      expect(() => guard[call](promise)).toThrow(
        new TypeError(`${call}(work) needs a function, got a promise. Pass a function that makes the call.`),
      )
    }
  })

  test('the shortest and the longest deadline that a timer can wait are allowed', async () => {
    const { guard } = setUp({ requestDeadlineMs: 0.5, connectDeadlineMs: 2_147_483_647 })
    expect(await guard.connect(async () => 1)).toBe(1)
    const outcome = failure(guard.request(silence))
    await pass(1)
    expect(await outcome).toMatchObject({ deadlineMs: 0.5 })
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

  test('describe may leave the reason to the default', () => {
    const { guard, state } = setUp({ describe: () => undefined })
    guard.report('exited')
    expect(state.reason()).toBe('exited — restart agent')
  })

  test('describe that gives what is not a string leaves the default', () => {
    for (const described of [{ message: 'boom' }, 7, Promise.resolve('later'), '']) {
      const { guard, state } = setUp({ describe: () => described as string })
      guard.report('exited')
      expect(state.reason()).toBe('exited — restart agent')
    }
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
  test('one time-out that two guards of a state see is one suspect for each', async () => {
    const { guard: inner, state } = setUp()
    const { guard: outer } = setUp({ requestDeadlineMs: 10_000 }, state)
    for (const wedged of [false, true]) {
      failure(outer.request(() => inner.request(silence)))
      await pass(500)
      expect(state.isWedged()).toBe(wedged)
    }
    expect(state.marks).toBe(1)
  })

  test('a guard ignores the deadline of an inner guard of another scope, and is not excused by its success', async () => {
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

  test('a guard within itself counts a failure once', async () => {
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

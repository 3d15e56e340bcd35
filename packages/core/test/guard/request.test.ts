import { createGuard, WedgeDeadlineError } from '@runtime-wedge/core/guard'
import { describe, expect, test, vi } from 'vitest'
import { coded, deferred, failure, flush, newState, pass, setUp, silence, turn, useFakeTime } from './support.ts'

useFakeTime()

describe('what the caller gets', () => {
  test('is the same value', async () => {
    const { guard } = setUp()
    const value = { answer: 42 }
    expect(await guard.request(async () => value)).toBe(value)
    expect(await guard.request(() => value)).toBe(value)
  })

  test('is the same error object, rejected or thrown, whatever it is', async () => {
    const { guard } = setUp()
    for (const error of [new Error('no'), 'text', undefined, null, { code: 'ECONNRESET' }]) {
      expect(await failure(guard.request(() => Promise.reject(error)))).toBe(error)
      const thrown = guard.request(() => {
        throw error
      })
      expect(await failure(thrown)).toBe(error)
    }
  })

  test('is a WedgeDeadlineError at the deadline, and not before', async () => {
    const { guard } = setUp()
    const settled = vi.fn()
    const error = failure(guard.request(silence)).finally(settled)
    await pass(499)
    expect(settled).not.toHaveBeenCalled()
    await pass(1)
    expect(await error).toBeInstanceOf(WedgeDeadlineError)
    expect(await error).toMatchObject({
      name: 'WedgeDeadlineError',
      message: 'no answer to a request within 500 ms',
      scope: 'agent',
      phase: 'request',
      deadlineMs: 500,
    })
  })

  test("a call's own deadline goes before the guard's; with Infinity there is none", async () => {
    const { guard } = setUp()
    const short = failure(guard.request(silence, { requestDeadlineMs: 20 }))
    await pass(20)
    expect(await short).toMatchObject({ deadlineMs: 20 })

    const work = deferred()
    const endless = guard.request(() => work.promise, { requestDeadlineMs: Infinity })
    expect(vi.getTimerCount()).toBe(0)
    await pass(86_400_000)
    work.resolve('at last')
    expect(await endless).toBe('at last')
  })
})

describe('verdicts', () => {
  test('a success clears; an error answer neither marks nor clears', async () => {
    const { guard, state } = setUp()
    state.mark('broken')
    await failure(guard.request(() => Promise.reject(new Error('429'))))
    expect(state.reason()).toBe('broken')
    await guard.request(async () => 'pong')
    expect(state.isWedged()).toBe(false)
    await failure(guard.request(() => Promise.reject(new Error('429'))))
    expect(state.isWedged()).toBe(false)
  })

  test('one time-out is a suspect, two in a row are a wedge', async () => {
    const { guard, state } = setUp()
    failure(guard.request(silence))
    await pass(500)
    expect(state.isWedged()).toBe(false)
    const last = failure(guard.request(silence))
    await pass(500)
    expect(state.reason()).toBe('no answer to a request within 500 ms, 2 in a row — restart agent')
    expect(state.cause).toBe(await last)
  })

  test('five parallel time-outs are one suspect', async () => {
    const { guard, state } = setUp()
    for (let i = 0; i < 5; i++) failure(guard.request(silence, { requestDeadlineMs: 100 + i }))
    await pass(200)
    expect(state.isWedged()).toBe(false)
    for (let i = 0; i < 5; i++) failure(guard.request(silence))
    await pass(500)
    expect(state.isWedged()).toBe(true)
    expect(state.marks).toBe(1)
  })

  test.each([
    ['a success', async () => 'pong'],
    ['an error answer', () => Promise.reject(new Error('rate limit'))],
  ])('%s between two time-outs resets the count', async (_, answer) => {
    const { guard, state } = setUp()
    failure(guard.request(silence))
    await pass(500)
    await guard.request(answer).catch(() => {})
    failure(guard.request(silence))
    await pass(500)
    expect(state.isWedged()).toBe(false)
  })

  test('the count begins again after a wedge that the host cleared', async () => {
    const { guard, state } = setUp({ suspectLimit: 1 })
    failure(guard.request(silence))
    await pass(500)
    expect(state.reason()).toBe('no answer to a request within 500 ms — restart agent')

    const patient = setUp({ suspectLimit: 3 }, state).guard
    state.clear()
    for (const wedged of [false, false, true]) {
      failure(patient.request(silence))
      await pass(500)
      expect(state.isWedged()).toBe(wedged)
    }
    state.clear()
    failure(patient.request(silence))
    await pass(500)
    expect(state.isWedged()).toBe(false)
  })

  test.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENOTFOUND',
    'EAI_AGAIN',
    'UND_ERR_SOCKET',
    'UND_ERR_CONNECT_TIMEOUT',
    'UND_ERR_HEADERS_TIMEOUT',
    'UND_ERR_BODY_TIMEOUT',
  ])('%s is a suspect, also as a cause', async code => {
    const { guard, state } = setUp()
    await failure(guard.request(() => Promise.reject(coded(code))))
    expect(state.isWedged()).toBe(false)
    const wrapped = new TypeError('fetch failed', { cause: new Error('socket', { cause: coded(code) }) })
    await failure(guard.request(() => Promise.reject(wrapped)))
    expect(state.reason()).toBe('request: fetch failed, 2 in a row — restart agent')
    expect(state.cause).toBe(wrapped)
  })

  test.each(['ENOENT', 'EACCES', 'ECONNREFUSED_BY_POLICY', 'XEPIPE', 'UND_ERR_ABORTED'])('%s is alive', async code => {
    const { guard, state } = setUp({ suspectLimit: 1 })
    await failure(guard.request(() => Promise.reject(coded(code))))
    expect(state.isWedged()).toBe(false)
  })

  test('a cause counts as deep as SDKs wrap it, the fourth error of its chain', async () => {
    for (const [depth, wedged] of [
      [3, true],
      [4, false],
    ] as const) {
      const { guard, state } = setUp({ suspectLimit: 1 })
      let error = coded('ECONNRESET')
      for (let i = 0; i < depth; i++) error = new Error('wrapped', { cause: error })
      await failure(guard.request(() => Promise.reject(error)))
      expect(state.isWedged()).toBe(wedged)
    }
  })

  test('a failed spawn is a wedge in any phase', async () => {
    const { guard, state } = setUp()
    const error = Object.assign(new Error('spawn agent ENOENT'), { code: 'ENOENT', syscall: 'spawn agent' })
    await failure(guard.request(() => Promise.reject(error)))
    expect(state.reason()).toBe('request: spawn agent ENOENT — restart agent')
  })

  test('only a spawn of this process is a failed spawn', async () => {
    const { guard, state } = setUp()
    const error = Object.assign(new Error('no'), { syscall: 'respawn agent' })
    await failure(guard.request(() => Promise.reject(error)))
    expect(state.isWedged()).toBe(false)
  })

  test('an error that cannot be read is the answer of a live peer', async () => {
    const { guard, state } = setUp()
    const ring = new Error('ring')
    ring.cause = ring
    const trap = new Proxy(new Error(), {
      get() {
        throw new Error('trap')
      },
      getPrototypeOf() {
        throw new Error('trap')
      },
    })
    for (const error of [ring, trap, Symbol('no'), Object.create(null), () => {}]) {
      const got = await guard.request(() => Promise.reject(error)).catch((caught: unknown) => [caught])
      expect((got as unknown[])[0] === error).toBe(true)
    }
    expect(state.isWedged()).toBe(false)
  })

  test('an answer without content reaches the caller, and clears nothing', async () => {
    const { guard, state } = setUp({ isSuccess: (result: { usage: object | null }) => result.usage !== null })
    state.mark('broken')
    const empty = { finalResponse: '', usage: null }
    expect(await guard.request(async () => empty)).toBe(empty)
    expect(state.isWedged()).toBe(true)
    await guard.request(async () => ({ usage: {} }))
    expect(state.isWedged()).toBe(false)
  })
})

describe('concurrency and lateness', () => {
  test('an answer to a request that began before the wedge does not clear it', async () => {
    const { guard, state } = setUp()
    const early = deferred()
    const answer = guard.request(() => early.promise)
    state.mark('died meanwhile')
    early.resolve('late')
    await answer
    expect(state.reason()).toBe('died meanwhile')
  })

  test('a failure of a request that began before the recovery does not mark', async () => {
    const { guard, state } = setUp({ classify: () => 'wedge' })
    const early = deferred()
    const outcome = failure(guard.request(() => early.promise))
    state.mark('broken')
    await guard.request(async () => 'pong')
    early.reject(new Error('old'))
    await outcome
    expect(state.isWedged()).toBe(false)
  })

  test('each of several concurrent requests is judged on its own', async () => {
    const { guard, state } = setUp()
    state.mark('broken')
    const [slow, failing, good] = [deferred(), deferred(), deferred()]
    const all = [slow, failing, good].map(work => guard.request(() => work.promise))
    failing.reject(new Error('busy'))
    await failure(all[1]!)
    expect(state.isWedged()).toBe(true)
    good.resolve('ok')
    expect(await all[2]).toBe('ok')
    expect(state.isWedged()).toBe(false)
    const timeout = failure(all[0]!)
    await pass(500)
    expect(await timeout).toBeInstanceOf(WedgeDeadlineError)
    expect(state.isWedged()).toBe(false)
  })

  test('work that settles after its deadline changes nothing, and never rejects unhandled', async () => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    try {
      const { guard, state } = setUp({ suspectLimit: 1 })
      const [answer, error] = [deferred(), deferred()]
      const outcomes = [answer, error].map(work => failure(guard.request(() => work.promise)))
      await pass(500)
      for (const outcome of outcomes) expect(await outcome).toBeInstanceOf(WedgeDeadlineError)
      answer.resolve('late')
      error.reject(new Error('late'))
      await turn()
      expect(state.reason()).toMatch(/^no answer/)
      expect(state.marks).toBe(1)
      expect(unhandled).not.toHaveBeenCalled()
    } finally {
      process.off('unhandledRejection', unhandled)
    }
  })

  test('a late answer neither clears nor resets the count, a late error does not mark', async () => {
    const { guard, state } = setUp({ classify: () => 'wedge' })
    state.mark('before')
    const [answer, error] = [deferred(), deferred()]
    const outcome = failure(guard.request(() => answer.promise))
    await pass(500)
    await outcome
    answer.resolve('late')
    await flush()
    expect(state.reason()).toBe('before')
    state.clear()
    const second = failure(guard.request(() => error.promise))
    await pass(500)
    await second
    expect(state.reason(), 'the count was not reset').toMatch(/2 in a row/)
    state.clear()
    const third = deferred()
    const last = failure(guard.request(() => third.promise))
    await pass(500)
    await last
    third.reject(new Error('late'))
    await flush()
    expect(state.isWedged()).toBe(false)
  })

  test('a source that ignores its signal is not waited for', async () => {
    const { guard } = setUp()
    let signal: AbortSignal | undefined
    const outcome = failure(
      guard.request(call => {
        signal = call.signal
        return silence()
      }),
    )
    await pass(500)
    expect(await outcome).toBe(signal?.reason)
  })
})

describe('progress, pause, resume', () => {
  test('progress starts the deadline again, and does not excuse a time-out of the call that made it', async () => {
    const { guard, state } = setUp()
    failure(guard.request(silence))
    await pass(500)
    const work = deferred()
    let progress!: () => void
    const answer = guard.request(call => {
      progress = () => call.progress()
      return work.promise
    })
    for (let i = 0; i < 10; i++) {
      await pass(499)
      progress()
    }
    const outcome = failure(answer)
    await pass(500)
    expect(await outcome).toBeInstanceOf(WedgeDeadlineError)
    expect(state.isWedged()).toBe(true)
    progress()
  })

  test('progress that comes after its call has ended says nothing', async () => {
    const { guard, state } = setUp()
    let progress!: () => void
    failure(
      guard.request(call => {
        progress = () => call.progress()
        return silence()
      }),
    )
    await pass(500)
    progress()
    failure(guard.request(silence))
    await pass(500)
    expect(state.isWedged()).toBe(true)
  })

  test('progress of one call resets the count for the others', async () => {
    const { guard, state } = setUp()
    failure(guard.request(silence))
    await pass(500)
    let progress!: () => void
    failure(
      guard.request(
        call => {
          progress = () => call.progress()
          return silence()
        },
        { requestDeadlineMs: 10_000 },
      ),
    )
    progress()
    failure(guard.request(silence))
    await pass(500)
    expect(state.isWedged()).toBe(false)
    failure(guard.request(silence))
    await pass(500)
    expect(state.isWedged()).toBe(true)
    await pass(10_000)
  })

  test('a paused call never times out; a resumed one has its whole deadline again', async () => {
    const { guard } = setUp()
    let call!: { pause(): void; resume(): void }
    const settled = vi.fn()
    const outcome = failure(
      guard.request(given => {
        call = given
        return silence()
      }),
    ).finally(settled)
    await pass(400)
    call.pause()
    await pass(3_600_000)
    expect(settled).not.toHaveBeenCalled()
    call.resume()
    await pass(499)
    call.resume()
    await pass(499)
    expect(settled).not.toHaveBeenCalled()
    await pass(1)
    expect(await outcome).toMatchObject({ phase: 'request', deadlineMs: 500 })
    call.resume()
  })
})

describe('timers', () => {
  test('no timer outlives its call, and none keeps the process alive', async () => {
    const { guard } = setUp()
    const unref = vi.fn()
    const set = vi.spyOn(globalThis, 'setTimeout')
    const real = set.getMockImplementation() ?? setTimeout
    set.mockRestore()
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms: number) => {
      const timer = real(run, ms)
      const inner = timer.unref.bind(timer)
      timer.unref = () => {
        unref()
        return inner()
      }
      return timer
    }) as typeof setTimeout)
    await guard.request(async () => 'pong')
    await failure(guard.request(() => Promise.reject(new Error('no'))))
    vi.mocked(setTimeout).mockRestore()
    expect(unref).toHaveBeenCalledTimes(2)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('timers may be numbers, as in browsers', async () => {
    const { guard, state } = setUp({ suspectLimit: 1 })
    const timers = new Map<number, ReturnType<typeof setTimeout>>()
    const [set, clear] = [setTimeout, clearTimeout]
    vi.stubGlobal('setTimeout', (run: () => void, ms: number) => timers.set(timers.size + 1, set(run, ms)).size)
    vi.stubGlobal('clearTimeout', (id: number) => clear(timers.get(id)))
    try {
      expect(await guard.request(async () => 'pong')).toBe('pong')
      failure(guard.request(silence))
      await pass(500)
      expect(state.isWedged()).toBe(true)
    } finally {
      vi.unstubAllGlobals()
    }
  })
})

test('two guards on one state each keep a count of their own', async () => {
  const state = newState()
  const pool = [createGuard(state, { requestDeadlineMs: 100 }), createGuard(state, { requestDeadlineMs: 100 })]
  for (const guard of pool) {
    failure(guard.request(silence))
    await pass(100)
  }
  expect(state.isWedged()).toBe(false)
  failure(pool[0]!.request(silence))
  await pass(100)
  expect(state.isWedged()).toBe(true)
  await pool[1]!.request(async () => 'a member of the pool works')
  expect(state.isWedged()).toBe(false)
})

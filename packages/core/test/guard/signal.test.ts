import { getEventListeners } from 'node:events'
import { type GuardCall, WedgeDeadlineError } from '@runtime-wedge/core/guard'
import { describe, expect, test, vi } from 'vitest'
import { deferred, failure, pass, setUp, silence, turn, useFakeTime } from './support.ts'

useFakeTime()

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length

describe("a caller's abort", () => {
  test('before the call: the work still gets its call, with an aborted signal, and nothing is judged', async () => {
    const { guard, state } = setUp()
    const caller = AbortSignal.abort('gone')
    const outcome = failure(
      guard.connect(
        call => {
          expect(call.signal.aborted).toBe(true)
          call.signal.throwIfAborted()
        },
        { signal: caller },
      ),
    )
    expect(await outcome).toBe('gone')
    expect(state.isWedged()).toBe(false)
  })

  test('during the call is passed on to the work, which the caller still gets; nothing is judged', async () => {
    const { guard, state } = setUp({ suspectLimit: 1 })
    for (const call of ['connect', 'request'] as const) {
      const caller = new AbortController()
      const outcome = failure(
        guard[call](
          ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
          { signal: caller.signal },
        ),
      )
      caller.abort('changed my mind')
      expect(await outcome).toBe('changed my mind')
      expect(listeners(caller.signal)).toBe(0)
    }
    expect(state.isWedged()).toBe(false)
  })

  test('during work that ignores its signal: the deadline frees the caller, and says nothing', async () => {
    const { guard, state } = setUp({ suspectLimit: 1 })
    const caller = new AbortController()
    const outcomes = [
      failure(guard.request(silence, { signal: caller.signal })),
      failure(guard.connect(silence, { signal: caller.signal })),
    ]
    caller.abort()
    await pass(1_000)
    for (const outcome of outcomes) expect(await outcome).toBeInstanceOf(WedgeDeadlineError)
    expect(state.isWedged()).toBe(false)
  })

  test('during work that then resolves empty, as aborted work often does, proves no recovery', async () => {
    const { guard, state } = setUp()
    state.mark('broken')
    const caller = new AbortController()
    const work = deferred()
    const answer = guard.request(() => work.promise, { signal: caller.signal })
    caller.abort()
    work.resolve('')
    expect(await answer).toBe('')
    expect(state.isWedged()).toBe(true)
  })

  test('does not reset the count of suspects', async () => {
    const { guard, state } = setUp()
    failure(guard.request(silence))
    await pass(500)
    const caller = new AbortController()
    const outcome = failure(
      guard.request(
        call => {
          caller.abort()
          call.progress()
          throw call.signal.reason
        },
        { signal: caller.signal },
      ),
    )
    await outcome
    failure(guard.request(silence))
    await pass(500)
    expect(state.isWedged()).toBe(true)
  })

  test('does not reset it by an answer either', async () => {
    const { guard, state } = setUp({ isSuccess: () => false })
    failure(guard.request(silence))
    await pass(500)
    expect(await guard.request(async () => '', { signal: AbortSignal.abort() })).toBe('')
    failure(guard.request(silence))
    await pass(500)
    expect(state.isWedged()).toBe(true)
  })

  test('after the call does nothing: no listener is left', async () => {
    const { guard, state } = setUp()
    const caller = new AbortController()
    let kept!: GuardCall
    await guard.request(
      call => {
        kept = call
        expect(call.signal.aborted).toBe(false)
        expect(listeners(caller.signal)).toBe(1)
      },
      { signal: caller.signal },
    )
    expect(listeners(caller.signal)).toBe(0)
    caller.abort()
    expect(kept.signal.aborted).toBe(false)
    expect(state.isWedged()).toBe(false)
  })

  test('can still be judged by classify', async () => {
    const { guard, state } = setUp({ classify: (_, { aborted }) => (aborted ? 'wedge' : undefined) })
    await failure(guard.request(() => Promise.reject(new Error('abort hung')), { signal: AbortSignal.abort() }))
    expect(state.isWedged()).toBe(true)
  })
})

describe('call.signal', () => {
  test('is made when first read, once; a call that never reads it makes no controller', async () => {
    const { guard } = setUp()
    const Controller = vi.spyOn(globalThis, 'AbortController')
    const caller = new AbortController()
    Controller.mockClear()
    await guard.request(async () => 'pong', { signal: caller.signal })
    expect(Controller).not.toHaveBeenCalled()
    await guard.request(call => expect(call.signal).toBe(call.signal))
    expect(Controller).toHaveBeenCalledTimes(1)
    Controller.mockRestore()
  })

  test('aborts at the deadline with the error that the caller gets, also when first read later', async () => {
    const { guard } = setUp()
    let eager!: GuardCall
    let lazy!: GuardCall
    const outcomes = [
      failure(
        guard.request(call => {
          eager = call
          expect(call.signal.aborted).toBe(false)
          return silence()
        }),
      ),
      failure(
        guard.request(call => {
          lazy = call
          return silence()
        }),
      ),
    ]
    await pass(500)
    expect(eager.signal.reason).toBe(await outcomes[0])
    expect(lazy.signal.reason).toBe(await outcomes[1])
  })

  test('does not abort when the call ends well', async () => {
    const { guard } = setUp()
    let signal!: AbortSignal
    await guard.request(call => {
      signal = call.signal
    })
    await pass(1_000)
    expect(signal.aborted).toBe(false)
  })
})

describe('a signal that many listen to', () => {
  test('eleven calls on one signal, and eleven listeners on one call, print no warning of a leak', async () => {
    const warned = vi.fn()
    process.on('warning', warned)
    try {
      const { guard } = setUp()
      const caller = new AbortController()
      const calls: Promise<unknown>[] = []
      for (let i = 0; i < 11; i++) {
        const listen = ({ signal }: GuardCall) => {
          for (let j = 0; j < 11; j++) signal.addEventListener('abort', () => {})
          return silence()
        }
        calls.push(failure(guard.request(listen, { signal: caller.signal })))
        guard.stream(call => ({ [Symbol.asyncIterator]: () => ({ next: async () => listen(call) }) }), {
          signal: caller.signal,
        })
      }
      expect(listeners(caller.signal)).toBe(1)
      await pass(500)
      await Promise.all(calls)
      await turn()
      expect(warned).not.toHaveBeenCalled()
    } finally {
      process.off('warning', warned)
    }
  })

  test('reaches each call that still runs, and none that has ended', async () => {
    const { guard } = setUp()
    const caller = new AbortController()
    const signals: AbortSignal[] = []
    const work = deferred()
    const calls = [deferred(), work].map(({ promise }) =>
      guard.request(
        call => {
          signals.push(call.signal)
          return promise
        },
        { signal: caller.signal },
      ),
    )
    work.resolve('done')
    await calls[1]
    caller.abort('changed my mind')
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    expect(signals[0]!.reason).toBe('changed my mind')
    failure(calls[0]!)
    await pass(500)
  })
})

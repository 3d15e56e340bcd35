import { getEventListeners } from 'node:events'
import { type GuardCall, WedgeDeadlineError } from '@runtime-wedge/core/guard'
import { describe, expect, test, vi } from 'vitest'
import { deferred, failure, pass, setUp, silence, useFakeTime } from './support.ts'

useFakeTime()

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length

describe("a caller's abort", () => {
  test('before: the work still gets its call, with a signal that has aborted, and nothing is judged', async () => {
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

  test('during: forwarded, ignored whatever comes of it, and the caller waits for the work itself', async () => {
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

  test('during, with a source that ignores its signal: the deadline still frees the caller, and says nothing', async () => {
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

  test('during, and the work resolves empty as aborted work often does: no proof of a recovery', async () => {
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

  test('it does not reset the count of suspects', async () => {
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

  test('after: nothing is left on the signal, and nothing happens', async () => {
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

  test('classify may judge an aborted call', async () => {
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

import { createGuard, WedgeDeadlineError } from '@runtime-wedge/core/guard'
import { describe, expect, test, vi } from 'vitest'
import { deferred, failure, flush, newState, pass, setUp, silence, turn, useFakeTime } from './support.ts'

useFakeTime()

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

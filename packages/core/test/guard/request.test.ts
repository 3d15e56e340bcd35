import { WedgeDeadlineError } from '@runtime-wedge/core/guard'
import { describe, expect, test, vi } from 'vitest'
import { deferred, failure, pass, setUp, silence, useFakeTime } from './support.ts'

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

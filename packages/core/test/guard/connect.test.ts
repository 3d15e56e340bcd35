import { WedgeDeadlineError } from '@runtime-wedge/core/guard'
import { describe, expect, test } from 'vitest'
import { coded, deferred, failure, pass, setUp, silence, useFakeTime } from './support.ts'

useFakeTime()

test('whatever fails in connect is a wedge', async () => {
  for (const error of [
    new Error('401'),
    coded('ECONNREFUSED'),
    'text',
    new WedgeDeadlineError('other', 'request', 1),
  ]) {
    const { guard, state } = setUp()
    expect(await failure(guard.connect(() => Promise.reject(error)))).toBe(error)
    expect(state.isWedged()).toBe(true)
    expect(state.cause).toBe(error)
  }
})

test('no answer in time is a wedge at the deadline', async () => {
  const { guard, state } = setUp()
  const outcome = failure(guard.connect(silence))
  await pass(999)
  expect(state.isWedged()).toBe(false)
  await pass(1)
  expect(state.reason()).toBe('no answer to connect within 1000 ms — restart agent')
  expect(await outcome).toMatchObject({ phase: 'connect', deadlineMs: 1_000 })
})

test('a resolved connect resets the count and does not clear; an answer to a request does', async () => {
  const { guard, state } = setUp()
  state.mark('broken')
  failure(guard.request(silence))
  await pass(500)
  expect(await guard.connect(async () => 'session')).toBe('session')
  expect(state.reason()).toBe('broken')
  await guard.request(async () => 'pong')
  expect(state.isWedged()).toBe(false)
  failure(guard.request(silence))
  await pass(500)
  expect(state.isWedged()).toBe(false)
})

test('a reason is short, and names the recovery action, whatever the error says', async () => {
  const { guard, state } = setUp()
  await failure(guard.connect(() => Promise.reject(new Error(`${'x'.repeat(119)}😀${'y'.repeat(5_000)}`))))
  expect(state.reason()).toBe(`connect: ${'x'.repeat(119)}… — restart agent`)
  const blank = setUp()
  await failure(blank.guard.connect(() => Promise.reject({ message: ' ' })))
  expect(blank.state.reason()).toBe('connect: failed without a message — restart agent')
})

describe('report: death seen with nothing in flight', () => {
  test('is a wedge, whatever the error', () => {
    for (const error of [new Error('exited with code 1'), coded('ECONNRESET'), undefined]) {
      const { guard, state } = setUp()
      guard.report(error)
      expect(state.isWedged()).toBe(true)
    }
    const { guard, state } = setUp()
    guard.report(new Error('exited with code 1'))
    expect(state.reason()).toBe('exited with code 1 — restart agent')
  })

  test('marks after a recovery, and an answer after it clears', async () => {
    const { guard, state } = setUp()
    state.mark('before')
    await guard.request(async () => 'pong')
    guard.report(new Error('died'))
    expect(state.isWedged()).toBe(true)
    await guard.request(async () => 'it reconnected by itself')
    expect(state.isWedged()).toBe(false)
  })

  test('is judged by classify, with the phase idle', () => {
    const seen: unknown[] = []
    const { guard, state } = setUp({
      classify: (error, context) => {
        seen.push([error, context])
        return error === 'twice' ? 'suspect' : 'ignore'
      },
    })
    guard.report('exit 0')
    expect(seen).toEqual([['exit 0', { phase: 'idle', aborted: false }]])
    guard.report('twice')
    expect(state.isWedged()).toBe(false)
    guard.report('twice')
    expect(state.isWedged()).toBe(true)
  })
})

describe('generations', () => {
  test('the old child exits late, by its own call or with its own requests: its successor is untouched', async () => {
    const { guard, state } = setUp({ suspectLimit: 1 })
    let oldExit!: (error: unknown) => void
    await guard.connect(call => {
      oldExit = error => call.report(error)
    })
    const [oldAnswer, oldError] = [deferred(), deferred()]
    const old = [
      guard.request(() => oldAnswer.promise, { requestDeadlineMs: Infinity }),
      failure(guard.request(() => oldError.promise)),
      failure(guard.request(silence)),
    ]
    await guard.connect(async () => {})
    oldExit(new Error('exited'))
    oldError.reject(coded('EPIPE'))
    await pass(500)
    expect(state.isWedged()).toBe(false)
    state.mark('the new one is broken')
    oldAnswer.resolve('late')
    await Promise.allSettled(old)
    expect(state.isWedged()).toBe(true)
  })

  test('a report of the present connection counts', async () => {
    const { guard, state } = setUp()
    let exit!: (error: unknown) => void
    await guard.connect(call => {
      exit = error => call.report(error)
    })
    exit(new Error('exited'))
    expect(state.isWedged()).toBe(true)
  })

  test('also after a recovery, and after the signal of its connect has aborted', async () => {
    const { guard, state } = setUp()
    const caller = new AbortController()
    let exit!: (error: unknown) => void
    state.mark('before')
    const connecting = guard.connect(
      call => {
        exit = error => call.report(error)
      },
      { signal: caller.signal },
    )
    await connecting
    await guard.request(async () => 'pong')
    caller.abort()
    exit(new Error('exited'))
    expect(state.reason()).toBe('exited — restart agent')
  })

  test('a connect that was overtaken by another says nothing', async () => {
    const { guard, state } = setUp()
    const first = failure(guard.connect(silence))
    await guard.connect(async () => {})
    await pass(1_000)
    expect(await first).toBeInstanceOf(WedgeDeadlineError)
    expect(state.isWedged()).toBe(false)
  })

  test('a connection that was never made cannot die', async () => {
    const { guard, state } = setUp()
    const giveUp = new AbortController()
    let exit!: (error: unknown) => void
    const work = deferred()
    const outcome = failure(
      guard.connect(
        call => {
          exit = error => call.report(error)
          return work.promise
        },
        { signal: giveUp.signal },
      ),
    )
    giveUp.abort()
    exit('killed while it started')
    work.reject(new Error('aborted'))
    await outcome
    exit('gone')
    expect(state.isWedged()).toBe(false)

    const hung = failure(
      guard.connect(
        call => {
          exit = error => call.report(error)
          return silence()
        },
        { signal: AbortSignal.abort() },
      ),
    )
    await pass(1_000)
    expect(await hung).toBeInstanceOf(WedgeDeadlineError)
    exit('gone')
    expect(state.isWedged()).toBe(false)
  })
})

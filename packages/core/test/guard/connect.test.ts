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

test('a resolved connect resets the count and does not clear; an answer to a request clears', async () => {
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
  await failure(guard.connect(() => Promise.reject(new Error(`${'x'.repeat(118)}😀${'y'.repeat(5_000)}`))))
  expect(state.reason()).toBe(`connect: ${'x'.repeat(118)}… — restart agent`)
  const cuts = [
    ['x'.repeat(120), 'x'.repeat(120)],
    [`😀${'x'.repeat(200)}`, `😀${'x'.repeat(117)}…`],
  ]
  for (const [text, shown] of cuts) {
    const { guard, state } = setUp()
    await failure(guard.connect(() => Promise.reject(new Error(text))))
    expect(state.reason()).toBe(`connect: ${shown} — restart agent`)
  }
})

test('an error without words, or one that cannot be read, still gives a reason', async () => {
  const trap = new Proxy(new Error(), {
    get() {
      throw new Error('trap')
    },
    getPrototypeOf() {
      throw new Error('trap')
    },
  })
  for (const error of [{ message: ' ' }, { message: {} }, {}, null, undefined, trap]) {
    const { guard, state } = setUp()
    const outcome = guard.connect(() => Promise.reject(error)).catch(() => {})
    await outcome
    expect(state.reason()).toBe('connect: failed without a message — restart agent')
  }
})

describe('a death that is reported with nothing in flight', () => {
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

  test('is a wedge after a recovery too, and a later answer clears it', async () => {
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
  test('an old child that exits late does not touch its successor, whether its call reports it or its requests fail', async () => {
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

  test('the present connection can report its death', async () => {
    const { guard, state } = setUp()
    let exit!: (error: unknown) => void
    await guard.connect(call => {
      exit = error => call.report(error)
    })
    exit(new Error('exited'))
    expect(state.isWedged()).toBe(true)
  })

  test('it can do so after a recovery, and after the signal of its connect has aborted', async () => {
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

  test('a failed reconnect does not revive the old connection', async () => {
    const { guard, state } = setUp({ suspectLimit: 1 })
    let oldExit!: (error: unknown) => void
    await guard.connect(call => {
      oldExit = error => call.report(error)
    })
    const answer = deferred()
    const old = guard.request(() => answer.promise)
    const giveUp = new AbortController()
    const reconnect = failure(guard.connect(() => Promise.reject(new Error('no')), { signal: giveUp.signal }))
    giveUp.abort()
    await reconnect
    oldExit(new Error('exited'))
    expect(state.isWedged()).toBe(false)
    state.mark('the host knows')
    answer.resolve('late')
    await old
    expect(state.reason()).toBe('the host knows')
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

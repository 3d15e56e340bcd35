import { type GuardedStream, type GuardStreamCall, WedgeDeadlineError } from '@runtime-wedge/core/guard'
import { describe, expect, test, vi } from 'vitest'
import { coded, type Deferred, deferred, failure, flush, pass, setUp, silence, turn, useFakeTime } from './support.ts'

useFakeTime()

/** A source that a test drives: each `next()` waits for the test's next `send`, `end` or `fail`. */
function scripted<T = string>() {
  const pulls: Deferred<IteratorResult<T, unknown>>[] = []
  const returned = vi.fn(
    (value?: unknown): Promise<IteratorResult<T, unknown>> => Promise.resolve({ done: true, value }),
  )
  const iterator = {
    next: () => {
      const pull = deferred<IteratorResult<T, unknown>>()
      pulls.push(pull)
      return pull.promise
    },
    return: returned,
  }
  return {
    returned,
    source: { [Symbol.asyncIterator]: () => iterator },
    send: (value: T) => pulls.shift()!.resolve({ done: false, value }),
    end: (value?: unknown) => pulls.shift()!.resolve({ done: true, value }),
    fail: (error: unknown) => pulls.shift()!.reject(error),
  }
}

async function* messages<T>(...all: T[]): AsyncGenerator<T, string> {
  yield* all
  return 'the end'
}

async function readAll<T>(stream: GuardedStream<T>): Promise<T[]> {
  const all: T[] = []
  for await (const message of stream) all.push(message)
  return all
}

describe('what the reader gets', () => {
  test('is the same messages, the same return value, then the end', async () => {
    const { guard } = setUp()
    const [a, b] = [{}, {}]
    expect(await readAll(guard.stream(() => messages(a, b)))).toEqual([a, b])
    const stream = guard.stream(() => messages(a))
    expect((await stream.next()).value).toBe(a)
    expect(await stream.next()).toEqual({ done: true, value: 'the end' })
    expect(await stream.next()).toEqual({ done: true, value: undefined })
    expect(await stream.return('again')).toEqual({ done: true, value: 'again' })
  })

  test('work may promise the iterable, as many SDKs do', async () => {
    const { guard } = setUp()
    expect(await readAll(guard.stream(async () => messages(1, 2)))).toEqual([1, 2])
  })

  test('is the same error object, from the source, from the promise of it, or thrown at once', async () => {
    const { guard, state } = setUp()
    const error = new Error('overloaded')
    const broken = scripted()
    const read = failure(guard.stream(() => broken.source).next())
    broken.fail(error)
    expect(await read).toBe(error)
    expect(await failure(guard.stream(() => Promise.reject(error)).next())).toBe(error)
    const throwing = {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          throw error
        },
      }),
    }
    expect(await failure(guard.stream(() => throwing).next())).toBe(error)
    expect(() =>
      guard.stream(() => {
        throw error
      }),
    ).toThrow(error)
    expect(state.isWedged()).toBe(false)
  })

  test('a promised iterable that fails without a reader never rejects unhandled', async () => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    const { guard } = setUp()
    guard.stream(() => Promise.reject(new Error('no one reads')))
    await turn()
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
  })

  test('after return() is the end, without a question to the source; return() reaches it once', async () => {
    const { guard } = setUp()
    const peer = scripted()
    const next = vi.spyOn(peer.source[Symbol.asyncIterator](), 'next')
    const stream = guard.stream(() => peer.source)
    expect(await stream.return('left')).toEqual({ done: true, value: 'left' })
    expect(await stream.next()).toEqual({ done: true, value: undefined })
    expect(await stream.return('again')).toEqual({ done: true, value: 'again' })
    expect(next).not.toHaveBeenCalled()
    expect(peer.returned).toHaveBeenCalledExactlyOnceWith('left')
  })

  test('after an error the stream has ended', async () => {
    const { guard } = setUp()
    const peer = scripted()
    const stream = guard.stream(() => peer.source)
    const read = failure(stream.next())
    peer.fail(new Error('no'))
    await read
    expect(await stream.next()).toEqual({ done: true, value: undefined })
  })
})

describe('deadlines', () => {
  test('a first message that does not come in time is a wedge; the source is told, by signal and return(), and not waited for', async () => {
    const { guard, state } = setUp()
    const peer = scripted()
    peer.returned.mockImplementation(silence)
    let call!: GuardStreamCall
    const stream = guard.stream(given => {
      call = given
      return peer.source
    })
    const read = failure(stream.next())
    await pass(799)
    expect(state.isWedged()).toBe(false)
    await pass(1)
    expect(state.reason()).toBe('no first message within 800 ms — restart agent')
    expect(await read).toMatchObject({ name: 'WedgeDeadlineError', phase: 'stream', deadlineMs: 800 })
    expect(call.signal.reason).toBe(await read)
    expect(peer.returned).toHaveBeenCalledTimes(1)
    expect(await stream.next()).toEqual({ done: true, value: undefined })
  })

  test('silence after a message is a wedge of the phase idle', async () => {
    const { guard, state } = setUp()
    const peer = scripted()
    const stream = guard.stream(() => peer.source)
    const first = stream.next()
    await pass(700)
    peer.send('hello')
    expect(await first).toEqual({ done: false, value: 'hello' })
    const second = failure(stream.next())
    await pass(299)
    expect(state.isWedged()).toBe(false)
    await pass(1)
    expect(await second).toMatchObject({ phase: 'idle', deadlineMs: 300 })
    expect(state.reason()).toBe('no further message within 300 ms — restart agent')
  })

  test('a promise of the iterable that never comes is a first message that never comes', async () => {
    const { guard, state } = setUp()
    const opening = deferred<AsyncIterable<string>>()
    const read = failure(guard.stream(() => opening.promise).next())
    await pass(800)
    expect(await read).toMatchObject({ phase: 'stream' })
    expect(state.isWedged()).toBe(true)
    const late = scripted()
    opening.resolve(late.source)
    await flush()
    expect(late.returned).toHaveBeenCalledTimes(1)
  })

  test('a stream that waits an hour for its reader is not wedged', async () => {
    const { guard, state } = setUp()
    const stream = guard.stream(() => messages('a', 'b'))
    await pass(3_600_000)
    await stream.next()
    await pass(3_600_000)
    expect(await stream.next()).toEqual({ done: false, value: 'b' })
    await stream.return()
    expect(state.isWedged()).toBe(false)
  })

  test('a stream that no one reads has no deadline, whatever its work says', async () => {
    const { guard, state } = setUp()
    const peer = scripted()
    guard.stream(call => {
      call.progress()
      call.pause()
      call.resume()
      call.beginTurn()
      return peer.source
    })
    expect(vi.getTimerCount()).toBe(0)
    await pass(3_600_000)
    expect(state.isWedged()).toBe(false)
  })

  test('a pause that comes while a message is awaited stops the deadline', async () => {
    const { guard, state } = setUp()
    const peer = scripted()
    let call!: GuardStreamCall
    const stream = guard.stream(given => {
      call = given
      return peer.source
    })
    const first = stream.next()
    await pass(700)
    call.pause()
    await pass(3_600_000)
    expect(state.isWedged()).toBe(false)
    peer.send('hello')
    expect(await first).toEqual({ done: false, value: 'hello' })
  })

  test('without idleMs a stream may be silent between messages; without firstMessageMs idleMs holds for the first', async () => {
    const { guard, state } = setUp({ idleMs: undefined })
    const peer = scripted()
    const patient = guard.stream(() => peer.source)
    const first = patient.next()
    peer.send('a')
    await first
    const second = patient.next()
    await pass(3_600_000)
    peer.send('b')
    expect(await second).toEqual({ done: false, value: 'b' })

    const bare = setUp({ firstMessageMs: undefined })
    const read = failure(bare.guard.stream(() => scripted().source).next())
    await pass(300)
    expect(await read).toMatchObject({ phase: 'stream', deadlineMs: 300 })
    expect(state.isWedged()).toBe(false)
  })

  test('progress starts the deadline again; pause stops it until resume', async () => {
    const { guard, state } = setUp()
    const peer = scripted()
    let call!: GuardStreamCall
    const stream = guard.stream(given => {
      call = given
      return peer.source
    })
    const first = stream.next()
    await pass(700)
    call.progress()
    await pass(700)
    peer.send('tool_use')
    await first
    call.pause()
    const second = stream.next()
    await pass(20 * 60_000)
    call.resume()
    await pass(299)
    peer.send('done')
    expect(await second).toEqual({ done: false, value: 'done' })
    expect(state.isWedged()).toBe(false)
  })

  test('what comes after the deadline is ignored', async () => {
    const { guard, state } = setUp()
    const [answers, fails] = [scripted(), scripted()]
    const reads = [answers, fails].map(peer => failure(guard.stream(() => peer.source).next()))
    await pass(800)
    answers.send('late')
    fails.fail(new Error('late'))
    await flush()
    for (const read of reads) expect(await read).toBeInstanceOf(WedgeDeadlineError)
    expect(state.isWedged()).toBe(true)
  })
})

describe('verdicts', () => {
  test('each success clears what was marked before its attempt, and begins a new attempt', async () => {
    const { guard, state } = setUp()
    state.mark('before the stream')
    const peer = scripted()
    const stream = guard.stream(() => peer.source)
    const read = async (): Promise<void> => {
      const next = stream.next()
      peer.send('message')
      await next
    }
    await read()
    expect(state.isWedged()).toBe(false)
    state.mark('during the second attempt')
    await read()
    expect(state.isWedged()).toBe(true)
    await read()
    expect(state.isWedged()).toBe(false)
    await stream.return()
  })

  test('what comes after a success is judged as of then: its failure counts beside an older suspect', async () => {
    const { guard, state } = setUp()
    const peer = scripted()
    const stream = guard.stream(() => peer.source)
    await failure(guard.request(() => Promise.reject(coded('EPIPE'))))
    const first = stream.next()
    peer.send('a')
    await first
    const second = failure(stream.next())
    peer.fail(coded('EPIPE'))
    await second
    await failure(guard.request(() => Promise.reject(coded('EPIPE'))))
    expect(state.isWedged()).toBe(true)
  })

  test('isSuccess says which message is proof', async () => {
    const { guard, state } = setUp({ isSuccess: (message: { type: string }) => message.type === 'result' })
    state.mark('broken')
    await readAll(guard.stream(() => messages({ type: 'init' }, { type: 'api_retry' })))
    expect(state.isWedged()).toBe(true)
    await readAll(guard.stream(() => messages({ type: 'init' }, { type: 'result' })))
    expect(state.isWedged()).toBe(false)
  })

  test('a stream that ends without a message is a suspect; one that ends with messages but no success is alive', async () => {
    const { guard, state } = setUp({ isSuccess: message => message === 'result' })
    await readAll(guard.stream(() => messages()))
    await readAll(guard.stream(() => messages('error result')))
    await readAll(guard.stream(() => messages()))
    expect(state.isWedged()).toBe(false)
    await readAll(guard.stream(() => messages()))
    expect(state.reason()).toBe('stream: the stream ended without a message, 2 in a row — restart agent')
  })

  test('a message that proves nothing does not reset the count', async () => {
    const { guard, state } = setUp({ isSuccess: message => message === 'result' })
    for (const wedged of [false, true]) {
      const peer = scripted()
      const stream = guard.stream(() => peer.source)
      const first = stream.next()
      peer.send('thread.started')
      await first
      const second = failure(stream.next())
      peer.fail(coded('EPIPE'))
      await second
      expect(state.isWedged()).toBe(wedged)
    }
  })

  test('a connection lost is a suspect, before the first message and after', async () => {
    const { guard, state } = setUp()
    await failure(guard.stream(() => Promise.reject(coded('ECONNREFUSED'))).next())
    await failure(guard.stream(() => Promise.reject(coded('ECONNREFUSED'))).next())
    expect(state.isWedged()).toBe(true)
  })

  test('work that throws at once is judged', () => {
    const { guard, state } = setUp({ suspectLimit: 1 })
    const open = (): unknown =>
      guard.stream(() => {
        throw coded('EPIPE')
      })
    expect(open).toThrow('read EPIPE')
    expect(state.reason()).toBe('stream: read EPIPE — restart agent')
  })

  test('a message that proves nothing begins no new attempt', async () => {
    const { guard, state } = setUp({ isSuccess: message => message === 'result' })
    const peer = scripted()
    const stream = guard.stream(() => peer.source)
    state.mark('meanwhile')
    for (const message of ['init', 'result']) {
      const read = stream.next()
      peer.send(message)
      await read
    }
    expect(state.reason()).toBe('meanwhile')
    await stream.return()
  })

  test('a death that a message tells of is reported through the call', async () => {
    const { guard, state } = setUp({ isSuccess: () => false, describe: error => `log in again (${String(error)})` })
    const stream = guard.stream(call =>
      (async function* () {
        yield 'init'
        call.report('authentication_failed')
        yield 'result'
      })(),
    )
    await readAll(stream)
    expect(state.reason()).toBe('log in again (authentication_failed)')
  })
})

describe('turns', () => {
  test('a stream that waits an hour between two turns is not wedged; one that is silent in its second turn is', async () => {
    const { guard, state } = setUp()
    const peer = scripted()
    let call!: GuardStreamCall
    const stream = guard.stream(given => {
      call = given
      return peer.source
    })
    const first = stream.next()
    peer.send('result')
    await first
    call.pause()
    const second = failure(stream.next())
    await pass(3_600_000)
    expect(state.isWedged()).toBe(false)
    call.beginTurn()
    await pass(799)
    expect(state.isWedged()).toBe(false)
    await pass(1)
    expect(await second).toMatchObject({ phase: 'stream', deadlineMs: 800 })
    expect(state.isWedged()).toBe(true)
  })

  test('a turn can clear what was marked between two turns', async () => {
    const { guard, state } = setUp()
    const peer = scripted()
    let call!: GuardStreamCall
    const stream = guard.stream(given => {
      call = given
      return peer.source
    })
    state.mark('between')
    call.beginTurn()
    const read = stream.next()
    peer.send('result')
    await read
    expect(state.isWedged()).toBe(false)
    call.beginTurn()
    const end = stream.next()
    peer.end()
    await end
    const other = guard.stream(() => messages())
    await other.next()
    expect(state.isWedged(), 'a turn that ends without a message is a suspect').toBe(true)
  })

  test('an end between two turns says nothing', async () => {
    const { guard, state } = setUp({ suspectLimit: 1 })
    const peer = scripted()
    const stream = guard.stream(call => {
      call.pause()
      return peer.source
    })
    const read = stream.next()
    peer.end()
    await read
    expect(state.isWedged()).toBe(false)
  })
})

describe('a reader that leaves early', () => {
  test('says nothing about the executor; return() reaches the source', async () => {
    const { guard, state } = setUp({ isSuccess: () => false })
    state.mark('broken')
    const cleanedUp = vi.fn()
    const stream = guard.stream(async function* () {
      try {
        yield 1
        yield 2
      } finally {
        cleanedUp()
      }
    })
    for await (const message of stream) {
      expect(message).toBe(1)
      break
    }
    expect(cleanedUp).toHaveBeenCalledTimes(1)
    expect(state.isWedged()).toBe(true)
  })

  test.each([
    ['a source that hangs', { idleMs: 300 }, 300],
    ['a source that hangs, without an idle deadline', { idleMs: Infinity }, 800],
  ])('%s is not waited for past the deadline', async (_, options, ms) => {
    const { guard, state } = setUp()
    const peer = scripted()
    peer.returned.mockImplementation(silence)
    const stream = guard.stream(() => peer.source, options)
    const first = stream.next()
    peer.send('a')
    await first
    const left = stream.return('left')
    await pass(ms)
    expect(await left).toEqual({ done: true, value: 'left' })
    expect(peer.returned).toHaveBeenCalledExactlyOnceWith('left')
    expect(state.isWedged()).toBe(false)
  })

  test('is let go at the deadline behind a pending next() too, and while paused', async () => {
    const { guard, state } = setUp()
    const peer = scripted()
    peer.returned.mockImplementation(silence)
    const stream = guard.stream(call => {
      call.pause()
      return peer.source
    })
    const pending = stream.next()
    const left = stream.return('left')
    await pass(300)
    expect(await pending).toEqual({ done: true, value: undefined })
    expect(await left).toEqual({ done: true, value: 'left' })
    peer.send('late')
    await flush()
    expect(state.isWedged()).toBe(false)
  })

  test('still gets what a pending next() brings, unjudged', async () => {
    const { guard, state } = setUp({ suspectLimit: 1 })
    state.mark('broken')
    const peer = scripted()
    peer.returned.mockImplementation(silence)
    const stream = guard.stream(() => peer.source)
    const reads = [stream.next(), stream.next()]
    const left = stream.return('left')
    peer.send('a')
    peer.end('b')
    expect(await reads[0]).toEqual({ done: false, value: 'a' })
    expect(await reads[1]).toEqual({ done: true, value: 'b' })
    expect(await left).toEqual({ done: true, value: 'left' })

    const other = guard.stream(() => peer.source)
    const read = failure(other.next())
    const alsoLeft = other.return('left')
    peer.fail(coded('EPIPE'))
    expect(await read).toMatchObject({ code: 'EPIPE' })
    expect(await alsoLeft).toEqual({ done: true, value: 'left' })
    expect(state.marks).toBe(1)
  })

  test('gets the error of return(); a source without return() just ends', async () => {
    const { guard, state } = setUp({ suspectLimit: 1 })
    const peer = scripted()
    const error = coded('EPIPE')
    peer.returned.mockImplementation(() => Promise.reject(error))
    expect(await failure(guard.stream(() => peer.source).return())).toBe(error)
    const bare = { [Symbol.asyncIterator]: () => ({ next: silence }) }
    expect(await guard.stream(() => bare).return(7)).toEqual({ done: true, value: 7 })
    expect(state.isWedged()).toBe(false)
  })
})

describe("a caller's abort", () => {
  test('says nothing, however the stream takes it', async () => {
    const { guard, state } = setUp({ suspectLimit: 1 })
    state.mark('broken')
    const takes: ((peer: ReturnType<typeof scripted<string>>) => void)[] = [
      peer => peer.end(),
      peer => peer.fail(coded('EPIPE')),
      peer => peer.send('partial'),
      () => {},
    ]
    for (const take of takes) {
      const caller = new AbortController()
      const peer = scripted()
      const stream = guard.stream(() => peer.source, { signal: caller.signal })
      const read = stream.next().catch(() => {})
      caller.abort()
      take(peer)
      await pass(800)
      await read
      await stream.return()
      expect(state.marks).toBe(1)
    }
  })
})

describe('several readers at once', () => {
  test('share one deadline, and its error', async () => {
    const { guard } = setUp()
    const peer = scripted()
    const stream = guard.stream(() => peer.source)
    const reads = [stream.next(), failure(stream.next()), failure(stream.next())]
    await pass(700)
    peer.send('a')
    expect(await reads[0]).toEqual({ done: false, value: 'a' })
    await pass(300)
    expect(await reads[1]).toMatchObject({ phase: 'idle' })
    expect(await reads[2]).toBe(await reads[1])
  })

  test('the end of the stream ends them all', async () => {
    const { guard } = setUp()
    const peer = scripted()
    const stream = guard.stream(() => peer.source)
    const reads = [stream.next(), stream.next()]
    peer.end('bye')
    expect(await Promise.all(reads)).toEqual([
      { done: true, value: 'bye' },
      { done: true, value: undefined },
    ])
  })
})

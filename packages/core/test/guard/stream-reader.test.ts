import { describe, expect, test, vi } from 'vitest'
import { messages, readAll, scripted } from './stream-support.ts'
import { coded, failure, flush, pass, setUp, silence, turn, useFakeTime } from './support.ts'

useFakeTime()

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
    peer.returned.mockImplementation(silence)
    const next = vi.spyOn(peer.source[Symbol.asyncIterator](), 'next')
    const stream = guard.stream(() => peer.source)
    const left = stream.return('left')
    expect(await stream.next()).toEqual({ done: true, value: undefined })
    expect(await stream.return('again')).toEqual({ done: true, value: 'again' })
    await pass(300)
    expect(await left).toEqual({ done: true, value: 'left' })
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

import { type GuardStreamCall, WedgeDeadlineError } from '@runtime-wedge/core/guard'
import { describe, expect, test, vi } from 'vitest'
import { messages, scripted } from './stream-support.ts'
import { deferred, failure, flush, pass, setUp, silence, useFakeTime } from './support.ts'

useFakeTime()

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

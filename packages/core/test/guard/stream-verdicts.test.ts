import { describe, expect, test } from 'vitest'
import { messages, readAll, scripted } from './stream-support.ts'
import { coded, failure, pass, setUp, useFakeTime } from './support.ts'

useFakeTime()

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

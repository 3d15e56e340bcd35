import { describe, expect, test } from 'vitest'
import { coded, failure, pass, setUp, silence, useFakeTime } from './support.ts'

useFakeTime()

describe('verdicts', () => {
  test('a success clears; an error answer neither marks nor clears', async () => {
    const { guard, state } = setUp()
    state.mark('broken')
    await failure(guard.request(() => Promise.reject(new Error('429'))))
    expect(state.reason()).toBe('broken')
    await guard.request(async () => 'pong')
    expect(state.isWedged()).toBe(false)
    await failure(guard.request(() => Promise.reject(new Error('429'))))
    expect(state.isWedged()).toBe(false)
  })

  test('one time-out is a suspect, two in a row are a wedge', async () => {
    const { guard, state } = setUp()
    failure(guard.request(silence))
    await pass(500)
    expect(state.isWedged()).toBe(false)
    const last = failure(guard.request(silence))
    await pass(500)
    expect(state.reason()).toBe('no answer to a request within 500 ms, 2 in a row — restart agent')
    expect(state.cause).toBe(await last)
  })

  test('five parallel time-outs are one suspect', async () => {
    const { guard, state } = setUp()
    for (let i = 0; i < 5; i++) failure(guard.request(silence, { requestDeadlineMs: 100 + i }))
    await pass(200)
    expect(state.isWedged()).toBe(false)
    for (let i = 0; i < 5; i++) failure(guard.request(silence))
    await pass(500)
    expect(state.isWedged()).toBe(true)
    expect(state.marks).toBe(1)
  })

  test.each([
    ['a success', async () => 'pong'],
    ['an error answer', () => Promise.reject(new Error('rate limit'))],
  ])('%s between two time-outs resets the count', async (_, answer) => {
    const { guard, state } = setUp()
    failure(guard.request(silence))
    await pass(500)
    await guard.request(answer).catch(() => {})
    failure(guard.request(silence))
    await pass(500)
    expect(state.isWedged()).toBe(false)
  })

  test('the count begins again after a wedge that the host cleared', async () => {
    const { guard, state } = setUp({ suspectLimit: 1 })
    failure(guard.request(silence))
    await pass(500)
    expect(state.reason()).toBe('no answer to a request within 500 ms — restart agent')

    const patient = setUp({ suspectLimit: 3 }, state).guard
    state.clear()
    for (const wedged of [false, false, true]) {
      failure(patient.request(silence))
      await pass(500)
      expect(state.isWedged()).toBe(wedged)
    }
    state.clear()
    failure(patient.request(silence))
    await pass(500)
    expect(state.isWedged()).toBe(false)
  })

  test.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENOTFOUND',
    'EAI_AGAIN',
    'UND_ERR_SOCKET',
    'UND_ERR_CONNECT_TIMEOUT',
    'UND_ERR_HEADERS_TIMEOUT',
    'UND_ERR_BODY_TIMEOUT',
  ])('%s is a suspect, also as a cause', async code => {
    const { guard, state } = setUp()
    await failure(guard.request(() => Promise.reject(coded(code))))
    expect(state.isWedged()).toBe(false)
    const wrapped = new TypeError('fetch failed', { cause: new Error('socket', { cause: coded(code) }) })
    await failure(guard.request(() => Promise.reject(wrapped)))
    expect(state.reason()).toBe('request: fetch failed, 2 in a row — restart agent')
    expect(state.cause).toBe(wrapped)
  })

  test.each(['ENOENT', 'EACCES', 'ECONNREFUSED_BY_POLICY', 'XEPIPE', 'UND_ERR_ABORTED'])('%s is alive', async code => {
    const { guard, state } = setUp({ suspectLimit: 1 })
    await failure(guard.request(() => Promise.reject(coded(code))))
    expect(state.isWedged()).toBe(false)
  })

  test('a cause counts as deep as SDKs wrap it, the fourth error of its chain', async () => {
    for (const [depth, wedged] of [
      [3, true],
      [4, false],
    ] as const) {
      const { guard, state } = setUp({ suspectLimit: 1 })
      let error = coded('ECONNRESET')
      for (let i = 0; i < depth; i++) error = new Error('wrapped', { cause: error })
      await failure(guard.request(() => Promise.reject(error)))
      expect(state.isWedged()).toBe(wedged)
    }
  })

  test('a failed spawn is a wedge in any phase', async () => {
    const { guard, state } = setUp()
    const error = Object.assign(new Error('spawn agent ENOENT'), { code: 'ENOENT', syscall: 'spawn agent' })
    await failure(guard.request(() => Promise.reject(error)))
    expect(state.reason()).toBe('request: spawn agent ENOENT — restart agent')
  })

  test('only a spawn of this process is a failed spawn', async () => {
    const { guard, state } = setUp()
    const error = Object.assign(new Error('no'), { syscall: 'respawn agent' })
    await failure(guard.request(() => Promise.reject(error)))
    expect(state.isWedged()).toBe(false)
  })

  test('an error that cannot be read is the answer of a live peer', async () => {
    const { guard, state } = setUp()
    const ring = new Error('ring')
    ring.cause = ring
    const trap = new Proxy(new Error(), {
      get() {
        throw new Error('trap')
      },
      getPrototypeOf() {
        throw new Error('trap')
      },
    })
    for (const error of [ring, trap, Symbol('no'), Object.create(null), () => {}]) {
      const got = await guard.request(() => Promise.reject(error)).catch((caught: unknown) => [caught])
      expect((got as unknown[])[0] === error).toBe(true)
    }
    expect(state.isWedged()).toBe(false)
  })

  test('an answer without content reaches the caller, and clears nothing', async () => {
    const { guard, state } = setUp({ isSuccess: (result: { usage: object | null }) => result.usage !== null })
    state.mark('broken')
    const empty = { finalResponse: '', usage: null }
    expect(await guard.request(async () => empty)).toBe(empty)
    expect(state.isWedged()).toBe(true)
    await guard.request(async () => ({ usage: {} }))
    expect(state.isWedged()).toBe(false)
  })
})

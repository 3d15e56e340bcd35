import { WedgeDeadlineError } from '@runtime-wedge/core/guard'
import { describe, expect, test, vi } from 'vitest'
import { failure, pass, setUp, silence, useFakeTime } from './support.ts'

useFakeTime()

describe('a bad signal', () => {
  const hostile = {
    get aborted(): boolean {
      throw new Error('hostile')
    },
  }
  test.each<[string, () => unknown]>([
    ['a number', () => 5],
    ['a string', () => 'signal'],
    ['null', () => null],
    ['an empty object', () => ({})],
    ['an object without the methods', () => ({ aborted: false })],
    ['the controller', () => new AbortController()],
    ['an object that cannot be read', () => hostile],
  ])('is a TypeError at the call: %s', (_, make) => {
    const { guard } = setUp()
    const work = vi.fn()
    for (const call of ['connect', 'request', 'stream'] as const) {
      const act = (): unknown => guard[call](work, { signal: make() as AbortSignal })
      expect(act).toThrow(TypeError)
      expect(act).toThrow(`${call}({ signal }) needs an AbortSignal, got `)
    }
    expect(work).not.toHaveBeenCalled()
  })

  test('that turns hostile later never reaches the caller, nor keeps the deadline from passing', async () => {
    const { guard, state } = setUp({ suspectLimit: 1 })
    let isHostile = false
    const turnHostile = (): never => {
      throw new Error('hostile')
    }
    const signal = {
      get aborted() {
        return isHostile ? turnHostile() : false
      },
      get reason() {
        return turnHostile()
      },
      addEventListener: turnHostile,
      removeEventListener: turnHostile,
    } as unknown as AbortSignal
    const answer = guard.request(async call => !call.signal.aborted, { signal })
    const timeout = failure(
      guard.request(
        call => {
          expect(call.signal.aborted).toBe(false)
          return silence()
        },
        { signal },
      ),
    )
    isHostile = true
    expect(await answer).toBe(true)
    await pass(500)
    expect(await timeout).toBeInstanceOf(WedgeDeadlineError)
    expect(state.isWedged()).toBe(true)
  })

  test('that has aborted for a reason which cannot be read aborts the call all the same', async () => {
    const { guard } = setUp()
    const signal = {
      aborted: true,
      get reason() {
        throw new Error('hostile')
      },
      addEventListener() {},
      removeEventListener() {},
    } as unknown as AbortSignal
    expect(await guard.request(call => call.signal.aborted, { signal })).toBe(true)
  })
})

import { createGuard, type WedgeGuard } from '@runtime-wedge/core/guard'
import { expect, test } from 'vitest'
import { coded, DEADLINES, deferred, failure, newState, pass, setUp, silence, useFakeTime } from './support.ts'

useFakeTime()

test('a closed guard changes nothing: not for work begun before or after, not for a report, not at a deadline', async () => {
  const { guard, state } = setUp({ suspectLimit: 1 })
  const [answer, error] = [deferred(), deferred()]
  const before = [
    guard.request(() => answer.promise, { requestDeadlineMs: Infinity }),
    failure(guard.request(() => error.promise)),
    failure(guard.request(silence)),
    failure(guard.connect(silence)),
    failure(guard.stream(() => ({ [Symbol.asyncIterator]: () => ({ next: silence }) })).next()),
  ]
  guard.close()
  guard.close()
  guard.report(new Error('closed'))
  error.reject(coded('EPIPE'))
  await failure(guard.connect(() => Promise.reject(new Error('no'))))
  await pass(1_000)
  expect(state.isWedged()).toBe(false)
  state.mark('another guard marked')
  answer.resolve('late')
  expect(await before[0]).toBe('late')
  expect(await guard.request(async () => 'still passes')).toBe('still passes')
  expect(state.isWedged()).toBe(true)
  await Promise.all(before)
})

test('disposing a guard closes it', () => {
  const { guard, state } = setUp()
  guard[Symbol.dispose]()
  guard.report('too late')
  expect(state.isWedged()).toBe(false)
})

/** Every order of the given things. */
function* orders<T>(things: readonly T[]): Generator<readonly T[]> {
  if (things.length === 0) yield []
  for (const thing of things) for (const rest of orders(things.filter(other => other !== thing))) yield [thing, ...rest]
}

test('a restarted executor is not touched by what its old process still does, in every order of onclose, time-out and answer', async () => {
  for (const order of orders(['onclose', 'timeout', 'answer'] as const)) {
    for (const wedgedAgain of [false, true]) {
      const state = newState()
      const open = (): WedgeGuard => createGuard(state, { ...DEADLINES, suspectLimit: 1 })
      const old = open()
      let oldClosed!: (error: unknown) => void
      await old.connect(call => {
        oldClosed = error => call.report(error)
      })
      const answer = deferred()
      const late = old.request(() => answer.promise, { requestDeadlineMs: Infinity })
      const timeout = deferred<void>()
      failure(old.request(() => timeout.promise.then(() => Promise.reject(coded('ETIMEDOUT')))))
      failure(old.request(silence, { requestDeadlineMs: 300 }))

      old.report(new Error('hung'))
      old.close()
      const fresh = open()
      await fresh.connect(async () => {})
      await fresh.request(async () => 'pong')
      expect(state.isWedged()).toBe(false)
      if (wedgedAgain) fresh.report(new Error('the new one died'))

      for (const event of order) {
        if (event === 'onclose') {
          oldClosed(new Error('closed'))
          old.report(new Error('closed'))
        } else if (event === 'timeout') {
          timeout.resolve()
          await pass(500)
        } else {
          answer.resolve('late')
          await late
        }
        expect(state.reason(), order.join()).toBe(wedgedAgain ? 'the new one died — restart agent' : '')
        expect(state.marks).toBe(wedgedAgain ? 1 : 0)
      }
    }
  }
})

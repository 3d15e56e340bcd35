import fc from 'fast-check'
import { plainReason, scopeKey } from '../arbitraries.ts'
import { claim, claimEqual } from '../claims.ts'
import type { Law, LawProperty } from '../law.ts'
import { HEALTHY_SCOPE, openSubject, readScope } from '../subject.ts'

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('mark' as const), reason: plainReason(), cause: fc.nat(9) }) },
  fc.record({ do: fc.constant('clear' as const) }),
  fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: -9, max: 99 }) }),
)

const firstReasonStays: LawProperty = make =>
  fc.property(fc.oneof(fc.constant('default'), scopeKey()), fc.array(step, { maxLength: 16 }), (key, steps) => {
    const { registry, clock } = openSubject(make)
    const state = registry.scope(key)
    let expected = HEALTHY_SCOPE
    for (const next of steps) {
      if (next.do === 'advance') {
        clock.advance(next.ms)
      } else if (next.do === 'clear') {
        claimEqual('clear()', state.clear(), expected.wedged)
        expected = HEALTHY_SCOPE
      } else {
        claimEqual('mark()', state.mark(next.reason, { cause: next.cause }), !expected.wedged)
        const first = { wedged: true, reason: next.reason, since: clock.now(), marks: 1, cause: next.cause }
        expected = expected.wedged ? { ...expected, marks: expected.marks + 1 } : first
      }
      claimEqual(`the state after ${next.do}`, readScope(state), expected)
    }
  })

const repeatsAreNotRead: LawProperty = make =>
  fc.property(plainReason(), fc.integer({ min: 1, max: 4 }), (reason, repeats) => {
    const state = openSubject(make).registry.scope('a')
    state.mark(reason)
    let touched = false
    const touch = (): boolean => {
      touched = true
      return false
    }
    const untouchable = new Proxy(new Error('a repeat'), {
      get: touch,
      has: touch,
      getPrototypeOf: () => (touch() ? {} : null),
    })
    for (let repeat = 0; repeat < repeats; repeat++) state.mark(untouchable)
    claim(!touched, 'a repeated mark read its reason')
    claimEqual('marks', state.marks, 1 + repeats)
  })

/** Reading a reason runs foreign code, which may mark the scope itself: then one of the two calls began the wedge. */
const readingMayMark: LawProperty = make =>
  fc.property(plainReason(), plainReason(), (outer, inner) => {
    const state = openSubject(make).registry.scope('a')
    let innerBegan: boolean | undefined
    const reason = {
      get message() {
        innerBegan ??= state.mark(inner)
        return outer
      },
    }
    const outerBegan = state.mark(reason as Error)
    claim(
      outerBegan !== innerBegan,
      `both marks returned ${outerBegan}, the one made by reading the other's reason too`,
    )
    claimEqual('the reason of the mark that returned true', state.reason(), outerBegan ? outer : inner)
    claimEqual('marks', state.marks, 2)
  })

/** Law 1: the first reason of a wedge stays. */
export const firstWriteWins: Law = {
  number: 1,
  name: 'first write wins',
  properties: [firstReasonStays, repeatsAreNotRead, readingMayMark],
}

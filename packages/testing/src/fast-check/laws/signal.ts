import type { WedgedError } from '@runtime-wedge/core'
import fc from 'fast-check'
import { operations, plainReason, scopeKey } from '../arbitraries.ts'
import { claim, claimEqual } from '../claims.ts'
import type { Law, LawProperty } from '../law.ts'
import { WedgeSession } from '../operation.ts'
import { openSubject } from '../subject.ts'

const abortsWithTheNextWedge: LawProperty = make =>
  fc.property(operations({ scopes: ['a'], kinds: ['mark', 'clear', 'attempt', 'succeed', 'fail'] }), run => {
    const { registry, clock } = openSubject(make)
    const session = new WedgeSession(registry, clock)
    const state = registry.scope('a')
    for (const operation of run) {
      const { signal } = state
      const wasWedged = state.isWedged()
      claim(!signal.aborted, `signal is already aborted before ${operation.do}`)
      session.perform(operation)
      const began = !wasWedged && state.isWedged()
      claimEqual(`signal.aborted after ${operation.do}`, signal.aborted, began)
      claim(
        (state.signal === signal) !== began,
        `${operation.do} ${began ? 'left the old signal' : 'made a new signal'}`,
      )
    }
    claim(!state.signal.aborted, 'signal is already aborted')
  })

const tellsTheWedge: LawProperty = make =>
  fc.property(scopeKey(), plainReason(), fc.option(fc.nat(), { nil: undefined }), (key, reason, cause) => {
    const { registry } = openSubject(make)
    const state = registry.scope(key)
    const { signal } = state
    let fresh: AbortSignal | undefined
    signal.addEventListener('abort', () => {
      fresh = state.signal
    })
    state.mark(reason, cause === undefined ? undefined : { cause })
    const { name, message, scope, cause: told } = signal.reason as WedgedError
    const expected = { name: 'WedgedError', message: reason, scope: key, cause }
    claimEqual('signal.reason', { name, message, scope, cause: told }, expected)
    claim(fresh === state.signal && !fresh.aborted, 'the signal inside an abort is not the one for the next wedge')
  })

const releasedNeverAborts: LawProperty = make =>
  fc.property(scopeKey(), fc.boolean(), (key, wedged) => {
    const { registry } = openSubject(make)
    const old = registry.scope(key)
    if (wedged) old.mark('before')
    const { signal } = old
    old.release()
    const later = old.signal
    old.mark('after')
    registry.scope(key).mark('of a new state')
    claim(!signal.aborted && !later.aborted && !old.signal.aborted, "a released handle's signal aborted")
  })

/** Law 12: a signal aborts when the next wedge begins. */
export const signal: Law = {
  number: 12,
  name: 'signal',
  properties: [abortsWithTheNextWedge, tellsTheWedge, releasedNeverAborts],
}

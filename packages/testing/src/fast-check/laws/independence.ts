import fc from 'fast-check'
import { operations } from '../arbitraries.ts'
import { claim, claimEqual } from '../claims.ts'
import type { Law, LawProperty } from '../law.ts'
import { WedgeSession } from '../operation.ts'
import { openSubject, readEvidence, readScope } from '../subject.ts'

const SCOPES = ['default', 'a', 'ab', '__proto__']

const othersStay: LawProperty = make =>
  fc.property(operations({ scopes: SCOPES, maxLength: 16 }), run => {
    const { registry, clock } = openSubject(make)
    const session = new WedgeSession(registry, clock)
    const attempts: string[] = []
    for (const operation of run) {
      if (operation.do === 'attempt') attempts.push(operation.scope)
      const target =
        'scope' in operation ? operation.scope : 'attempt' in operation && attempts[operation.attempt % attempts.length]
      const others = SCOPES.filter(key => key !== target).map(key => registry.scope(key))
      const before = others.map(state => ({
        readings: readScope(state),
        evidence: readEvidence(state),
        signal: state.signal,
      }))
      const aborted = new Set(before.filter(({ signal }) => signal.aborted).map(({ signal }) => signal))
      session.perform(operation)
      others.forEach((state, index) => {
        const { readings, evidence, signal } = before[index]!
        const what = `scope ${fc.stringify(state.scope)} after ${fc.stringify(operation)}`
        claimEqual(what, readScope(state), readings)
        claimEqual(`the evidence of ${what}`, readEvidence(state), evidence)
        claim(!signal.aborted || aborted.has(signal), `${what}: its signal aborted`)
        claim(registry.scope(state.scope) === state, `${what}: it has another handle`)
      })
    }
  })

const listenersHearTheirOwn: LawProperty = make =>
  fc.property(operations({ scopes: SCOPES, kinds: ['mark', 'clear', 'release'] }), run => {
    const { registry, clock } = openSubject(make)
    const session = new WedgeSession(registry, clock)
    const heard: { readonly by: string; readonly scope: string }[] = []
    for (const key of SCOPES) registry.scope(key).on('change', ({ scope }) => heard.push({ by: key, scope }))
    for (const operation of run) session.perform(operation)
    const wrong = heard.find(({ by, scope }) => by !== scope)
    claim(wrong === undefined, `a listener of one scope heard of another: ${fc.stringify(wrong)}`)
  })

/** Law 2: no operation on one scope changes another. */
export const independence: Law = { number: 2, name: 'independence', properties: [othersStay, listenersHearTheirOwn] }

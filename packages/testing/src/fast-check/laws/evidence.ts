import type { WedgeScopeChange } from '@runtime-wedge/core'
import fc from 'fast-check'
import { operations, scopeKey } from '../arbitraries.ts'
import { claim, claimEqual, isDeepFrozen } from '../claims.ts'
import type { Law, LawProperty } from '../law.ts'
import { freshModel, stepModel } from '../model.ts'
import { WedgeSession } from '../operation.ts'
import { keepsEvidence, openSubject, readEvidence, UNPROVEN } from '../subject.ts'

// A registry may be older than this law and have no `proven`: then nothing is checked here. Law 6 checks that a proof is
// committed and announced like everything else.

const anyKey = fc.oneof(fc.constant('default'), scopeKey())
const success = fc.constantFrom('clear', 'succeed')

const successesAreEvidence: LawProperty = make =>
  fc.property(operations(), run => {
    const { registry, clock } = openSubject(make)
    if (!keepsEvidence(registry)) return
    const session = new WedgeSession(registry, clock)
    const heard: WedgeScopeChange[] = []
    registry.on('scopes', event => heard.push(event))
    let model = freshModel(clock.now())
    for (const operation of run) {
      const step = stepModel(model, operation)
      session.perform(operation)
      model = step.model
      const what = fc.stringify(operation)
      const told = heard.splice(0).filter(({ type }) => type === 'proven')
      const due = step.scopes.filter(({ type }) => type === 'proven')
      claimEqual(`the scopes that ${what} announces as proven`, scopesOf(told), scopesOf(due))
      const { version } = registry.snapshot()
      for (const event of told) {
        claimEqual(`the version of "proven" of ${what}`, event.version, version)
        claim(isDeepFrozen(event), 'a "proven" event is not immutable')
      }
      for (const { key, proven, lastSuccess } of model.scopes) {
        claimEqual(`scope ${fc.stringify(key)} after ${what}`, readEvidence(registry.scope(key)), {
          proven,
          lastSuccess,
        })
      }
    }
  })

function scopesOf(events: readonly WedgeScopeChange[]): string[] {
  return events.map(({ scope }) => scope)
}

/** The first success of a healthy scope is announced once, and does nothing else. */
const aProofIsNoTransition: LawProperty = make =>
  fc.property(anyKey, success, (key, by) => {
    let clockReadings = 0
    const { registry, lines } = openSubject(make, { onNow: () => clockReadings++ })
    if (!keepsEvidence(registry)) return
    const state = registry.scope(key)
    const attempt = state.attempt()
    const heard: unknown[] = []
    registry.on('scopes', ({ type, scope }) => heard.push({ type, scope }))
    for (const event of ['change', 'aggregate'] as const) registry.on(event, told => heard.push(told))
    state.on('change', told => heard.push(told))
    const { version } = registry.snapshot()
    clockReadings = 0
    claimEqual(`what ${by} of a healthy scope returns`, by === 'clear' ? state.clear() : attempt.succeed(), false)
    claimEqual(`events of the first ${by}`, heard, [{ type: 'proven', scope: key }])
    claimEqual(`log lines of the first ${by}`, lines, [])
    claimEqual(`version after the first ${by}`, registry.snapshot().version, version)
    if (by === 'clear') claimEqual('how often clear() of a healthy scope reads the clock', clockReadings, 0)
  })

const evidenceEndsWithTheRelease: LawProperty = make =>
  fc.property(scopeKey(), success, fc.boolean(), (key, by, again) => {
    const { registry } = openSubject(make)
    if (!keepsEvidence(registry)) return
    const old = registry.scope(key)
    const early = old.attempt()
    if (by === 'clear') old.clear()
    else early.succeed()
    old.mark('no answer')
    const late = old.attempt()
    claimEqual('proven during a later wedge', old.proven, true)
    old.release()
    if (again) registry.scope(key)
    const heard: unknown[] = []
    registry.on('scopes', told => heard.push(told))
    claimEqual('the evidence of a released handle', readEvidence(old), UNPROVEN)
    old.clear()
    for (const attempt of [early, late, old.attempt()]) attempt.succeed()
    claimEqual('the evidence of a released handle that succeeds', readEvidence(old), UNPROVEN)
    claimEqual('events of a released handle that succeeds', heard, [])
    claimEqual('the evidence of a new state of its key', readEvidence(registry.scope(key)), UNPROVEN)
  })

/** Law 13: a scope is proven by its first success. */
export const evidence: Law = {
  number: 13,
  name: 'green needs evidence',
  properties: [successesAreEvidence, aProofIsNoTransition, evidenceEndsWithTheRelease],
}

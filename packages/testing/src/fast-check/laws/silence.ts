import fc from 'fast-check'
import { operations, plainReason } from '../arbitraries.ts'
import { claimEqual } from '../claims.ts'
import type { Law, LawProperty } from '../law.ts'
import { WedgeSession } from '../operation.ts'
import { openSubject } from '../subject.ts'

const scope = fc.constantFrom('default', 'a', 'b')

const noOpsAreSilent: LawProperty = make =>
  fc.property(operations({ kinds: ['mark', 'clear'] }), scope, plainReason(), (run, key, reason) => {
    const { registry, clock, lines } = openSubject(make)
    const session = new WedgeSession(registry, clock)
    for (const operation of run) session.perform(operation)
    const state = registry.scope(key)
    // The first clear() of an unproven scope is not a no-op: law 13 says what it does.
    if (!state.isWedged() && state.proven === false) state.clear()
    const heard: unknown[] = []
    for (const event of ['change', 'aggregate', 'scopes'] as const) registry.on(event, told => heard.push(told))
    state.on('change', told => heard.push(told))
    const { version } = registry.snapshot()
    lines.length = 0
    const call = state.isWedged() ? 'mark when wedged' : 'clear when healthy'
    claimEqual(call, state.isWedged() ? state.mark(reason) : state.clear(), false)
    claimEqual(`log lines of ${call}`, lines, [])
    claimEqual(`events of ${call}`, heard, [])
    claimEqual(`version after ${call}`, registry.snapshot().version, version)
  })

/** Law 5: a call that changes nothing is silent. */
export const silence: Law = { number: 5, name: 'silence of no-ops', properties: [noOpsAreSilent] }

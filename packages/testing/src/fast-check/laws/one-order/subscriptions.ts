import type { WedgeChange } from '@runtime-wedge/core'
import fc from 'fast-check'
import { operations } from '../../arbitraries.ts'
import { claim, claimEqual, claimTypeError, isDeepFrozen } from '../../claims.ts'
import type { LawProperty } from '../../law.ts'
import { WedgeSession } from '../../operation.ts'
import { openSubject } from '../../subject.ts'
import { claimReplay } from './reactions.ts'

const run = operations({ kinds: ['mark', 'clear', 'release', 'advance'] })

/** A snapshot and the later events together give the present. */
export const replayGivesThePresent: LawProperty = make =>
  fc.property(run, run, (before, after) => {
    const { registry, clock } = openSubject(make)
    const session = new WedgeSession(registry, clock)
    const heard: WedgeChange[] = []
    registry.on('change', event => heard.push(event))
    for (const operation of before) session.perform(operation)
    const snapshot = registry.snapshot()
    for (const operation of after) session.perform(operation)
    claimReplay(registry, heard, snapshot)
  })

/** `initial` tells a new listener of the current wedges, before all later events. */
export const initialTellsThePresent: LawProperty = make =>
  fc.property(run, run, (before, after) => {
    const { registry, clock } = openSubject(make)
    const session = new WedgeSession(registry, clock)
    for (const operation of before) session.perform(operation)
    const { version, scopes, scope: primary } = registry.snapshot()
    const heard: WedgeChange[] = []
    registry.on('change', event => heard.push(event), { initial: true })
    const told = heard.map(({ type, scope, reason, since }) => ({ type, scope, reason, since }))
    const byScope = (a: { scope: string }, b: { scope: string }): number => (a.scope < b.scope ? -1 : 1)
    const expected = scopes.map(({ scope, reason, since }) => ({ type: 'wedged', scope, reason, since })).sort(byScope)
    claimEqual('the first initial event is the primary', told[0]?.scope ?? null, primary)
    claimEqual('the initial events', told.sort(byScope), expected)
    claim(
      heard.every(event => event.version === version && isDeepFrozen(event)),
      `an initial event is not frozen, or has another version than ${version}`,
    )
    for (const operation of after) session.perform(operation)
    claimReplay(registry, heard.splice(scopes.length), { ...registry.snapshot(), version, scopes })
  })

const badEvent = fc.constantFrom<unknown>('changes', 'error', '', '__proto__', 'constructor', undefined, 1)
const badListener = fc.constantFrom<unknown>(undefined, null, {}, 'change', 1)

/** An unknown event, or a listener that is not a function, is a TypeError. */
export const badSubscriptionsAreErrors: LawProperty = make =>
  fc.property(badEvent, badListener, (event, listener) => {
    const { registry } = openSubject(make)
    const unknownEvent = event as 'change'
    const noFunction = listener as () => void
    claimTypeError(`on(${fc.stringify(event)}, f)`, () => registry.on(unknownEvent, () => {}))
    claimTypeError(`state.on(${fc.stringify(event)}, f)`, () => registry.default.on(unknownEvent, () => {}))
    claimTypeError(`on("change", ${fc.stringify(listener)})`, () => registry.on('change', noFunction))
    claimTypeError(`state.on("change", ${fc.stringify(listener)})`, () => registry.default.on('change', noFunction))
  })

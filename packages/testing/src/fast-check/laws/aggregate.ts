import type { WedgeAggregate, WedgeAggregateChange } from '@runtime-wedge/core'
import fc from 'fast-check'
import { operations } from '../arbitraries.ts'
import { claim, claimEqual, claimLike, isDeepFrozen } from '../claims.ts'
import type { Law, LawProperty } from '../law.ts'
import { freshModel, modelAggregate, modelSnapshot, stepModel, type WedgeModel } from '../model.ts'
import { WedgeSession } from '../operation.ts'
import { openSubject, type RegistryUnderTest } from '../subject.ts'

const run = operations({ kinds: ['mark', 'clear', 'advance'], maxLength: 16 })

const readsTellTheAggregate: LawProperty = make =>
  fc.property(run, operationsRun => {
    const { registry, clock } = openSubject(make)
    const session = new WedgeSession(registry, clock)
    let model = freshModel(clock.now())
    for (const operation of operationsRun) {
      const before = registry.snapshot()
      const step = stepModel(model, operation)
      session.perform(operation)
      model = step.model
      claimReads(registry, model)
      if (step.changes.length > 0) claim(registry.snapshot() !== before, 'snapshot() is the same after a transition')
    }
  })

function claimReads(registry: RegistryUnderTest, model: WedgeModel): void {
  const { version, scopes, ...snapshot } = registry.snapshot()
  const { version: _, scopes: expectedScopes, ...expected } = modelSnapshot(model)
  claimEqual('isWedged()', registry.isWedged(), expected.wedged)
  claimEqual('reason()', registry.reason(), expected.reason)
  claimEqual('wedgedCount', registry.wedgedCount, expected.count)
  claimLike('snapshot()', snapshot, expected)
  claimLike('snapshot().scopes', primaryFirst(scopes), primaryFirst(expectedScopes))
  const states = Array.from(registry.wedgedStates(), state => ({
    scope: state.scope,
    reason: state.reason(),
    since: state.since,
  }))
  claimEqual('wedgedStates()', primaryFirst(states), primaryFirst(expectedScopes))
  const again = registry.snapshot()
  claim(
    again.version === version && again === registry.snapshot(),
    'snapshot() is another object though nothing changed',
  )
  claim(isDeepFrozen(again), 'snapshot() is not frozen')
  claimEqual('snapshot() as JSON', JSON.parse(JSON.stringify(again)), again)
  claimEqual('toJSON()', registry.toJSON(), again)
}

/** No law says in which order the others follow the primary. */
function primaryFirst<Entry extends { readonly scope: string }>([primary, ...rest]: readonly Entry[]): unknown[] {
  return [primary, ...rest.sort((a, b) => (a.scope < b.scope ? -1 : 1))]
}

const eventsTellTheAggregate: LawProperty = make =>
  fc.property(run, operationsRun => {
    const { registry, clock } = openSubject(make)
    const session = new WedgeSession(registry, clock)
    const counts: WedgeAggregate[] = []
    const heard: WedgeAggregateChange[] = []
    registry.on('change', ({ aggregate }) => counts.push(aggregate))
    registry.on('aggregate', event => heard.push(event))
    let model = freshModel(clock.now())
    for (const operation of operationsRun) {
      const step = stepModel(model, operation)
      session.perform(operation)
      model = step.model
      claimLike('change.aggregate', counts.splice(0).at(-1), step.changes[0]?.aggregate)
      const events = heard.splice(0).map(({ version, ...event }) => event)
      claimLike(
        `aggregate events of ${operation.do}`,
        events,
        step.aggregates.map(({ version, ...event }) => event),
      )
    }
  })

/** While another scope is wedged the flag is up: before, during and after the primary's clear. */
const flagNeverFlickers: LawProperty = make =>
  fc.property(run, operationsRun => {
    let outage = false
    let flickered = false
    const look = (wedged: boolean): void => {
      flickered ||= outage && !wedged
    }
    const { registry, clock } = openSubject(make, { onLine: () => look(registry.isWedged()) })
    const session = new WedgeSession(registry, clock)
    registry.on('change', ({ aggregate }) => look(aggregate.wedged && registry.isWedged()))
    registry.on('aggregate', ({ current }) => look(current.wedged && registry.isWedged()))
    let model = freshModel(clock.now())
    for (const operation of operationsRun) {
      const next = stepModel(model, operation).model
      outage = modelAggregate(model).wedged && modelAggregate(next).wedged
      session.perform(operation)
      claim(!flickered, `the flag flickered in ${operation.do} while another scope was wedged`)
      model = next
    }
  })

/** Law 3: one flag and one reason over all scopes. */
export const aggregate: Law = {
  number: 3,
  name: 'aggregate',
  properties: [readsTellTheAggregate, eventsTellTheAggregate, flagNeverFlickers],
}

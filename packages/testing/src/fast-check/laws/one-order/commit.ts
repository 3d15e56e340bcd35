import type { WedgeChange } from '@runtime-wedge/core'
import fc from 'fast-check'
import { operations, plainReason } from '../../arbitraries.ts'
import { claim, claimEqual, claimLike, isDeepFrozen, isEqual } from '../../claims.ts'
import type { LawProperty } from '../../law.ts'
import { freshModel, stepModel } from '../../model.ts'
import { WedgeSession } from '../../operation.ts'
import { openSubject, type RegistryReadings, type RegistryUnderTest, readRegistry } from '../../subject.ts'

const SCOPES = ['default', 'a', 'b', '__proto__']
const run = operations({ scopes: SCOPES, kinds: ['mark', 'clear', 'advance'] })

/** All scopes are made beforehand: whether adding one raises the version is left open. */
function addScopes(registry: RegistryUnderTest): void {
  for (const key of SCOPES) registry.scope(key)
}

/** A transition raises the version by 1; nothing else raises it. */
export const versionsRiseByOne: LawProperty = make =>
  fc.property(run, operationsRun => {
    const { registry, clock } = openSubject(make)
    const session = new WedgeSession(registry, clock)
    addScopes(registry)
    const heard: number[] = []
    registry.on('change', ({ version }) => heard.push(version))
    for (const operation of operationsRun) {
      const before = registry.snapshot().version
      const versions = session.perform(operation) === true ? [before + 1] : []
      claimEqual(`versions of the events of ${operation.do}`, heard.splice(0), versions)
      claimEqual(`snapshot().version after ${operation.do}`, registry.snapshot().version, versions[0] ?? before)
    }
  })

/** A `change` event says what happened, and is immutable. */
export const eventsTellTheTransition: LawProperty = make =>
  fc.property(run, operationsRun => {
    const { registry, clock } = openSubject(make)
    const session = new WedgeSession(registry, clock)
    addScopes(registry)
    const heard: object[] = []
    const told: WedgeChange[] = []
    registry.on('aggregate', event => heard.push(event))
    registry.on('change', event => {
      heard.push(event)
      told.push(event)
    })
    let model = freshModel(clock.now())
    for (const operation of operationsRun) {
      const step = stepModel(model, operation)
      session.perform(operation)
      model = step.model
      claimLike(
        `change events of ${operation.do}`,
        told.splice(0).map(({ version, ...event }) => event),
        step.changes.map(({ version, ...event }) => event),
      )
    }
    for (const event of heard) claim(isDeepFrozen(event), `an event is not immutable: ${fc.stringify(event)}`)
  })

/** What foreign code saw while one operation was performed. */
interface Sight {
  readonly from: 'now' | 'log' | 'signal' | 'change' | 'aggregate' | 'scopes'
  readonly readings: RegistryReadings
  readonly has: boolean
}

const allButAttempts = operations({ scopes: SCOPES, kinds: ['mark', 'clear', 'release', 'advance'], maxLength: 10 })

/** The log line comes first, then `signal`, then the listeners. */
const ORDER = ['now', 'log', 'signal', 'change', 'aggregate', 'scopes']

/** Foreign code sees a whole transition or none of it, and runs in order. */
export const committedBeforeForeignCode: LawProperty = make =>
  fc.property(allButAttempts, operationsRun => {
    let key = 'default'
    let sights: Sight[] = []
    const watched = new Set<AbortSignal>()
    const look = (from: Sight['from']): void => {
      // A registry may read the clock while it is being made.
      if (registry !== undefined) sights.push({ from, readings: readRegistry(registry), has: registry.has(key) })
    }
    let registry: RegistryUnderTest | undefined
    const subject = openSubject(make, { onLine: () => look('log'), onNow: () => look('now') })
    registry = subject.registry
    for (const event of ['change', 'aggregate', 'scopes'] as const) registry.on(event, () => look(event))
    const session = new WedgeSession(registry, subject.clock)
    for (const operation of operationsRun) {
      if ('scope' in operation) key = operation.scope
      const { signal } = registry.scope(key)
      if (!watched.has(signal)) signal.addEventListener('abort', () => look('signal'))
      watched.add(signal)
      const before: Sight = { from: 'now', readings: readRegistry(registry), has: registry.has(key) }
      sights = []
      const changed = session.perform(operation) === true
      const after: Sight = { from: 'now', readings: readRegistry(registry), has: registry.has(key) }
      for (const { from, readings, has } of sights) {
        const whole = isEqual({ readings, has }, { readings: after.readings, has: after.has })
        // The clock is read before the transition.
        const notYet = from === 'now' && isEqual({ readings, has }, { readings: before.readings, has: before.has })
        claim(whole || notYet, `foreign code (${from}) ran in the middle of ${operation.do}: ${fc.stringify(readings)}`)
      }
      // What a release logs is left open.
      const isLogged = sights.some(({ from }) => from === 'log')
      claim(
        isLogged || !changed || operation.do === 'release',
        `${operation.do} changed the state and wrote no log line`,
      )
      const order = sights.map(({ from }) => ORDER.indexOf(from))
      claim(
        order.every((place, index) => index === 0 || place >= order[index - 1]!),
        `${operation.do}: expected ${ORDER.slice(1).join(', ')} in this order, got ${sights.map(({ from }) => from).join(', ')}`,
      )
    }
  })

/** Reading the clock runs foreign code, which may clear the scope itself: then one of the two calls ended the wedge. */
export const theClockMayClear: LawProperty = make =>
  fc.property(plainReason(), reason => {
    let clockCleared: boolean | undefined
    let isArmed = false
    const { registry } = openSubject(make, {
      onNow() {
        if (!isArmed) return
        isArmed = false
        clockCleared = state.clear()
      },
    })
    const state = registry.scope('a')
    state.mark(reason)
    const { version } = registry.snapshot()
    isArmed = true
    const cleared = state.clear()
    claim(cleared !== (clockCleared ?? false), `both clears returned ${cleared}, the one made by the clock too`)
    claimEqual('isWedged() after both', state.isWedged(), false)
    claimEqual('snapshot().version after both', registry.snapshot().version, version + 1)
  })

import type {
  WedgeAggregate,
  WedgeAggregateChange,
  WedgeChange,
  WedgeScopeChange,
  WedgeSnapshot,
} from '@runtime-wedge/core'
import type { WedgeOperation } from './operation.ts'

/** One scope. */
export interface ModelScope {
  /** A released scope's number never comes back; its key may. */
  readonly id: number
  /** Its key. */
  readonly key: string
  /** How many of its wedges have ended. */
  readonly ended: number
  /** Whether a success was ever seen. */
  readonly proven: boolean
  /** When an attempt last succeeded. */
  readonly lastSuccess: number | null
}

/** One wedge. */
export interface ModelWedge {
  /** The `id` of its scope. */
  readonly scopeId: number
  /** The key of its scope. */
  readonly scope: string
  /** The reason of its first mark. */
  readonly reason: string
  /** When it began, in epoch milliseconds. */
  readonly since: number
  /** How often it was marked. */
  readonly marks: number
}

/** One attempt, and what was the case when it began. */
export interface ModelAttempt {
  /** The `id` of its scope. */
  readonly scopeId: number
  /** The scope's `ended`. */
  readonly ended: number
  /** Whether the scope was wedged. */
  readonly duringWedge: boolean
}

/** A registry as one immutable value: what the laws say, in the plainest form. */
export interface WedgeModel {
  /** What the clock shows, in epoch milliseconds. */
  readonly now: number
  /** How many transitions there were. */
  readonly version: number
  /** In order of creation. */
  readonly scopes: readonly ModelScope[]
  /** In order of marking: the first is the primary. */
  readonly wedges: readonly ModelWedge[]
  /** When the outage began, in epoch milliseconds; `null` when healthy. */
  readonly wedgedSince: number | null
  /** In order of beginning. */
  readonly attempts: readonly ModelAttempt[]
  /** The `id` of the next scope. */
  readonly nextId: number
}

/** What one operation makes of a model. */
export interface ModelStep {
  /** The registry after the operation. */
  readonly model: WedgeModel
  /** What the operation returns. */
  readonly returned: boolean | undefined
  /** The `change` events that it emits, in order. */
  readonly changes: readonly WedgeChange[]
  /** The `aggregate` events that it emits, in order. */
  readonly aggregates: readonly WedgeAggregateChange[]
  /** The `scopes` events that it emits, in order. */
  readonly scopes: readonly WedgeScopeChange[]
}

/** The model of a fresh registry. */
export function freshModel(now: number): WedgeModel {
  return { now, version: 0, scopes: [freshScope(0, 'default')], wedges: [], wedgedSince: null, attempts: [], nextId: 1 }
}

/** Performs one operation on a model. Never changes the model that it is given. */
export function stepModel(model: WedgeModel, operation: WedgeOperation): ModelStep {
  switch (operation.do) {
    case 'mark':
      return onScope(model, operation.scope, (opened, scope) => mark(opened, scope, operation.reason))
    case 'clear':
      return onScope(model, operation.scope, (opened, scope) => succeed(opened, scope, true, null))
    case 'attempt':
      return onScope(model, operation.scope, attempt)
    case 'release':
      return release(model, operation.scope)
    case 'succeed': {
      const begun = model.attempts[operation.attempt % model.attempts.length]
      if (begun === undefined) return still(model)
      const scope = model.scopes.find(({ id }) => id === begun.scopeId)
      if (scope === undefined) return still(model, false)
      return succeed(model, scope, begun.duringWedge && scope.ended === begun.ended, model.now)
    }
    case 'fail': {
      const begun = model.attempts[operation.attempt % model.attempts.length]
      if (begun === undefined) return still(model)
      const scope = model.scopes.find(({ id }) => id === begun.scopeId)
      return scope?.ended === begun.ended ? mark(model, scope, operation.reason) : still(model, false)
    }
    case 'advance':
      return still({ ...model, now: model.now + operation.ms })
  }
}

/** The wedge of a scope; `undefined` when it is healthy. */
export function modelWedge(model: WedgeModel, key: string): ModelWedge | undefined {
  return model.wedges.find(({ scope }) => scope === key)
}

/** The aggregate of a model. */
export function modelAggregate({ wedges }: WedgeModel): WedgeAggregate {
  const primary = wedges[0]
  if (primary === undefined) return { wedged: false, reason: '', scope: null, since: null, count: 0 }
  const { reason, scope, since } = primary
  return { wedged: true, reason, scope, since, count: wedges.length }
}

/** What `snapshot()` gives. */
export function modelSnapshot(model: WedgeModel): WedgeSnapshot {
  const { version, wedgedSince, wedges } = model
  const scopes = wedges.map(({ scope, reason, since }) => ({ scope, reason, since }))
  return { ...modelAggregate(model), wedgedSince, version, scopes }
}

function freshScope(id: number, key: string): ModelScope {
  return { id, key, ended: 0, proven: false, lastSuccess: null }
}

function still(model: WedgeModel, returned?: boolean): ModelStep {
  return { model, returned, changes: [], aggregates: [], scopes: [] }
}

function onScope(model: WedgeModel, key: string, act: (model: WedgeModel, scope: ModelScope) => ModelStep): ModelStep {
  const found = model.scopes.find(scope => scope.key === key)
  if (found !== undefined) return act(model, found)
  const scope = freshScope(model.nextId, key)
  const step = act({ ...model, nextId: scope.id + 1, scopes: [...model.scopes, scope] }, scope)
  return { ...step, scopes: [{ type: 'added', scope: key, version: model.version }, ...step.scopes] }
}

function attempt(model: WedgeModel, { id, ended }: ModelScope): ModelStep {
  const duringWedge = model.wedges.some(({ scopeId }) => scopeId === id)
  return still({ ...model, attempts: [...model.attempts, { scopeId: id, ended, duringWedge }] })
}

function mark(model: WedgeModel, { id, key }: ModelScope, reason: string): ModelStep {
  const { now, version, wedges, wedgedSince } = model
  if (wedges.some(({ scopeId }) => scopeId === id)) {
    const counted = wedges.map(wedge => (wedge.scopeId === id ? { ...wedge, marks: wedge.marks + 1 } : wedge))
    return still({ ...model, wedges: counted }, false)
  }
  const wedge = { scopeId: id, scope: key, reason, since: now, marks: 1 }
  const next = { ...model, version: version + 1, wedges: [...wedges, wedge], wedgedSince: wedgedSince ?? now }
  return transition(model, next, { type: 'wedged', by: 'mark', scope: key, reason, since: now })
}

/**
 * @param clears whether the success ends the current wedge
 * @param at when an attempt succeeded; `null` for a bare clear, which reads no clock
 */
function succeed(model: WedgeModel, { id, key, proven }: ModelScope, clears: boolean, at: number | null): ModelStep {
  const step = clears ? endWedge(model, id, 'clear') : still(model, false)
  const scopes = step.model.scopes.map(scope =>
    scope.id === id ? { ...scope, proven: true, lastSuccess: at ?? scope.lastSuccess } : scope,
  )
  return {
    ...step,
    model: { ...step.model, scopes },
    scopes: proven ? [] : [{ type: 'proven', scope: key, version: step.model.version }],
  }
}

function endWedge(model: WedgeModel, id: number, by: 'clear' | 'release'): ModelStep {
  const wedge = model.wedges.find(({ scopeId }) => scopeId === id)
  if (wedge === undefined) return still(model, false)
  const wedges = model.wedges.filter(other => other !== wedge)
  const next = {
    ...model,
    version: model.version + 1,
    wedges,
    wedgedSince: wedges.length === 0 ? null : model.wedgedSince,
    scopes: model.scopes.map(scope => (scope.id === id ? { ...scope, ended: scope.ended + 1 } : scope)),
  }
  const { scope, reason, since } = wedge
  return transition(model, next, { type: 'cleared', by, scope, reason, since })
}

function release(model: WedgeModel, key: string): ModelStep {
  const scope = model.scopes.find(found => found.key === key)
  if (scope === undefined || key === 'default') return still(model, false)
  const step = endWedge(model, scope.id, 'release')
  const scopes = step.model.scopes.filter(({ id }) => id !== scope.id)
  return {
    ...step,
    model: { ...step.model, scopes },
    returned: true,
    scopes: [{ type: 'released', scope: key, version: step.model.version }],
  }
}

function transition(
  before: WedgeModel,
  after: WedgeModel,
  what: Pick<WedgeChange, 'type' | 'by' | 'scope' | 'reason' | 'since'>,
): ModelStep {
  const [previous, current] = [modelAggregate(before), modelAggregate(after)]
  const { now: at, version } = after
  const changed = previous.wedged === current.wedged ? 'primary' : 'flag'
  const moved = previous.wedged !== current.wedged || before.wedges[0]?.scopeId !== after.wedges[0]?.scopeId
  return {
    model: after,
    returned: true,
    changes: [{ ...what, at, version, aggregate: current }],
    aggregates: moved ? [{ changed, previous, current, at, version }] : [],
    scopes: [],
  }
}

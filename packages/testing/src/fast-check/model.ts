import type {
  WedgeAggregate,
  WedgeAggregateChange,
  WedgeChange,
  WedgeScopeChange,
  WedgeSnapshot,
} from '@runtime-wedge/core'
import type { WedgeOperation } from './operation.ts'

export interface ModelScope {
  /** A released scope's number never comes back, its key may. */
  readonly id: number
  readonly key: string
  /** How many of its wedges have ended. */
  readonly ended: number
}

export interface ModelWedge {
  readonly scopeId: number
  readonly scope: string
  readonly reason: string
  readonly since: number
  readonly marks: number
}

export interface ModelAttempt {
  readonly scopeId: number
  readonly ended: number
  readonly duringWedge: boolean
}

/** A registry as one immutable value: what the laws say, in the plainest words. */
export interface WedgeModel {
  readonly now: number
  readonly version: number
  /** In order of creation. */
  readonly scopes: readonly ModelScope[]
  /** In order of marking: the first is the primary. */
  readonly wedges: readonly ModelWedge[]
  readonly wedgedSince: number | null
  readonly attempts: readonly ModelAttempt[]
  readonly nextId: number
}

/** What one operation makes of a model. */
export interface ModelStep {
  readonly model: WedgeModel
  readonly returned: boolean | undefined
  readonly changes: readonly WedgeChange[]
  readonly aggregates: readonly WedgeAggregateChange[]
  readonly scopes: readonly WedgeScopeChange[]
}

/** The model of a fresh registry. */
export function freshModel(now: number): WedgeModel {
  const scopes = [{ id: 0, key: 'default', ended: 0 }]
  return { now, version: 0, scopes, wedges: [], wedgedSince: null, attempts: [], nextId: 1 }
}

/** Carries out one operation on a model. Never changes the model that it is given. */
export function stepModel(model: WedgeModel, operation: WedgeOperation): ModelStep {
  switch (operation.do) {
    case 'mark':
      return onScope(model, operation.scope, (opened, scope) => mark(opened, scope, operation.reason))
    case 'clear':
      return onScope(model, operation.scope, (opened, scope) => clear(opened, scope, 'clear'))
    case 'attempt':
      return onScope(model, operation.scope, attempt)
    case 'release':
      return release(model, operation.scope)
    case 'succeed': {
      const begun = model.attempts[operation.attempt % model.attempts.length]
      if (begun === undefined) return still(model)
      const scope = model.scopes.find(({ id }) => id === begun.scopeId)
      const sameWedge = begun.duringWedge && scope?.ended === begun.ended
      return scope !== undefined && sameWedge ? clear(model, scope, 'clear') : still(model, false)
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

/** The wedge of a key; `undefined` when it is healthy. */
export function modelWedge(model: WedgeModel, key: string): ModelWedge | undefined {
  return model.wedges.find(({ scope }) => scope === key)
}

export function modelAggregate({ wedges }: WedgeModel): WedgeAggregate {
  const primary = wedges[0]
  if (primary === undefined) return { wedged: false, reason: '', scope: null, since: null, count: 0 }
  const { reason, scope, since } = primary
  return { wedged: true, reason, scope, since, count: wedges.length }
}

export function modelSnapshot(model: WedgeModel): WedgeSnapshot {
  const { version, wedgedSince, wedges } = model
  const scopes = wedges.map(({ scope, reason, since }) => ({ scope, reason, since }))
  return { ...modelAggregate(model), wedgedSince, version, scopes }
}

function still(model: WedgeModel, returned?: boolean): ModelStep {
  return { model, returned, changes: [], aggregates: [], scopes: [] }
}

function onScope(model: WedgeModel, key: string, act: (model: WedgeModel, scope: ModelScope) => ModelStep): ModelStep {
  const found = model.scopes.find(scope => scope.key === key)
  if (found !== undefined) return act(model, found)
  const scope = { id: model.nextId, key, ended: 0 }
  const step = act({ ...model, nextId: scope.id + 1, scopes: [...model.scopes, scope] }, scope)
  return { ...step, scopes: [{ type: 'added', scope: key, version: model.version }] }
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

function clear(model: WedgeModel, { id }: ModelScope, by: 'clear' | 'release'): ModelStep {
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
  const step = clear(model, scope, 'release')
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

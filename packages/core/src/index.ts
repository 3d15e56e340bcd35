export { clearWedge, defaultRegistry, isWedged, markWedged, wedgeReason } from './default.ts'
export { type Bindable, WedgeRegistry } from './registry/registry.ts'
export type { WedgeRegistryLike } from './registry/registry-like.ts'
export { WedgedError } from './registry/wedged-error.ts'
export type {
  Unsubscribe,
  WedgeAggregate,
  WedgeAggregateChange,
  WedgeAttempt,
  WedgeChange,
  WedgeChangeListenOptions,
  WedgeChanges,
  WedgeChangesOptions,
  WedgedScope,
  WedgeEvents,
  WedgeListenOptions,
  WedgeLogger,
  WedgeMarkOptions,
  WedgeReader,
  WedgeRegistryOptions,
  WedgeScopeChange,
  WedgeSnapshot,
  WedgeState,
} from './types.ts'

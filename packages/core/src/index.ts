export { clearWedge, defaultRegistry, isWedged, markWedged, wedgeReason } from './default.ts'
export { WedgeRegistry, type WedgeRegistryOptions } from './registry.ts'
export type {
  Unsubscribe,
  WedgeAggregate,
  WedgeAggregateChange,
  WedgeAttempt,
  WedgeChange,
  WedgeChangeListenOptions,
  WedgeChangesOptions,
  WedgedScope,
  WedgeEvents,
  WedgeListenOptions,
  WedgeLogger,
  WedgeMarkOptions,
  WedgeReader,
  WedgeScopeChange,
  WedgeSnapshot,
  WedgeState,
} from './types.ts'
export { WedgedError } from './wedged-error.ts'

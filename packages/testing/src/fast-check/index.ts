export {
  anyReason,
  type GivenReason,
  type OperationsOptions,
  operations,
  plainReason,
  scopeKey,
} from './arbitraries.ts'
export { checkWedgeLaws, type WedgeLawsOptions } from './check.ts'
export type { LawNumber } from './law.ts'
export {
  freshModel,
  type ModelAttempt,
  type ModelScope,
  type ModelStep,
  type ModelWedge,
  modelAggregate,
  modelSnapshot,
  modelWedge,
  stepModel,
  type WedgeModel,
} from './model.ts'
export { type WedgeOperation, WedgeSession } from './operation.ts'
export type { MakeRegistry, RegistryUnderTest } from './subject.ts'

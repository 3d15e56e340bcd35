export {
  anyReason,
  blankReason,
  type GivenReason,
  type OperationsOptions,
  operations,
  plainReason,
  scopeKey,
} from './arbitraries.ts'
export { checkWedgeLaws, type WedgeLawsOptions } from './check.ts'
export {
  checkGuard,
  type GuardCallUnderTest,
  type GuardCheckOptions,
  type GuardSettings,
  type GuardSubject,
  type MakeGuardSubject,
} from './guard-check.ts'
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
export {
  PeerAnswerError,
  PeerGoneError,
  type PeerLife,
  type PeerLivesOptions,
  type PeerReply,
  type PeerReplyKind,
  peerLives,
  type ScriptedPeer,
  scriptedPeer,
} from './peers.ts'
export type { MakeRegistry, RegistryUnderTest, StateUnderTest } from './subject.ts'

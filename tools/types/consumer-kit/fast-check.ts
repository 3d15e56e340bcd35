import { WedgeRegistry } from '@runtime-wedge/core'
import { createTestRegistry } from '@runtime-wedge/testing'
import {
  anyReason,
  blankReason,
  checkGuard,
  checkWedgeLaws,
  freshModel,
  type GivenReason,
  type GuardCallUnderTest,
  type GuardCheckOptions,
  type GuardSettings,
  type GuardSubject,
  type LawNumber,
  type MakeGuardSubject,
  type MakeRegistry,
  type ModelAttempt,
  type ModelScope,
  type ModelStep,
  type ModelWedge,
  modelAggregate,
  modelSnapshot,
  modelWedge,
  type OperationsOptions,
  operations,
  PeerAnswerError,
  type PeerGoneError,
  type PeerLife,
  type PeerLivesOptions,
  type PeerReply,
  type PeerReplyKind,
  peerLives,
  plainReason,
  type RegistryUnderTest,
  type ScriptedPeer,
  type StateUnderTest,
  scopeKey,
  scriptedPeer,
  stepModel,
  type WedgeLawsOptions,
  type WedgeModel,
  type WedgeOperation,
  WedgeSession,
} from '@runtime-wedge/testing/fast-check'
import fc from 'fast-check'

const make: MakeRegistry = ({ logger, now }): RegistryUnderTest => new WedgeRegistry({ logger, now })
const older: StateUnderTest = new WedgeRegistry().default
const numbers: LawNumber[] = [1, 2, older.proven === undefined ? 12 : 13]
const lawsOptions: WedgeLawsOptions = { numRuns: 10, seed: undefined, laws: numbers }
export const laws: Promise<void> = checkWedgeLaws(make, lawsOptions)

const reasons: fc.Arbitrary<GivenReason> = anyReason()
const operationsOptions: OperationsOptions = { scopes: ['a'], kinds: ['mark', 'clear'], maxLength: 4 }
export const property = fc.property(
  reasons,
  fc.oneof(plainReason(), blankReason()),
  scopeKey(),
  operations(operationsOptions),
  ({ reason, text, long }, plain, key, run) => {
    const { registry, clock } = createTestRegistry()
    const session = new WedgeSession(registry, clock)
    let model: WedgeModel = freshModel(clock.now())
    for (const operation of run as WedgeOperation[]) {
      const step: ModelStep = stepModel(model, operation)
      if (session.perform(operation) !== step.returned) return false
      model = step.model
    }
    const wedge: ModelWedge | undefined = modelWedge(model, key)
    const scopes: readonly ModelScope[] = model.scopes
    const attempts: readonly ModelAttempt[] = model.attempts
    console.log(reason, text, long, plain, wedge, scopes, attempts, modelSnapshot(model).scopes)
    return modelAggregate(model).wedged === registry.isWedged()
  },
)

const kinds: PeerReplyKind[] = ['answer', 'silence']
const livesOptions: PeerLivesOptions = { deadlineMs: 1_000, replies: kinds, connects: ['answer'], maxParallel: 1 }
const lives: fc.Arbitrary<readonly PeerLife[]> = peerLives(livesOptions)
const reply: PeerReply = { kind: 'death', afterMs: 1 }
const peer: ScriptedPeer = scriptedPeer({ connect: reply, bursts: [[reply]], goneMs: 0 })
peer.onGone((error: PeerGoneError) => console.log(error instanceof PeerAnswerError))

const makeSubject: MakeGuardSubject = (state, { deadlineMs, suspectLimit }: GuardSettings): GuardSubject => ({
  connect: (scripted: ScriptedPeer, { signal }: GuardCallUnderTest) => scripted.connect(signal),
  request: () => state.mark(`${deadlineMs} ${suspectLimit}`),
  close: () => peer.close(),
})
const guardOptions: GuardCheckOptions = {
  advance: ms => ms,
  lives,
  suspectLimit: 1,
  endsAtDeadline: true,
  seed: undefined,
}
export const truth: Promise<void> = checkGuard(makeSubject, guardOptions)

import type { GuardPhase } from './types.ts'

const AWAITED: Record<GuardPhase, string> = {
  connect: 'answer to connect',
  request: 'answer to a request',
  stream: 'first message',
  idle: 'further message',
}

/** The guard's deadline passed: `connect`, `request`, `stream` (its first message) or `idle` (a later one) had no answer. */
export class WedgeDeadlineError extends Error {
  override readonly name = 'WedgeDeadlineError'
  readonly scope: string
  readonly phase: GuardPhase
  readonly deadlineMs: number

  constructor(scope: string, phase: GuardPhase, deadlineMs: number) {
    super(`no ${AWAITED[phase]} within ${deadlineMs} ms`)
    this.scope = scope
    this.phase = phase
    this.deadlineMs = deadlineMs
  }
}

import type { GuardPhase } from './types.ts'

const SILENCE: Record<GuardPhase, string> = {
  connect: 'no answer to connect within',
  request: 'no answer to a request within',
  stream: 'no first message within',
  idle: 'no further message within',
}

/** The guard's deadline passed: `connect`, `request`, `stream` (its first message) or `idle` (a later one) had no answer. */
export class WedgeDeadlineError extends Error {
  override readonly name = 'WedgeDeadlineError'
  readonly scope: string
  readonly phase: GuardPhase
  readonly deadlineMs: number

  constructor(scope: string, phase: GuardPhase, deadlineMs: number) {
    super(`${SILENCE[phase]} ${deadlineMs} ms`)
    this.scope = scope
    this.phase = phase
    this.deadlineMs = deadlineMs
  }
}

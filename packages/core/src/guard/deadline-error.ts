import type { GuardPhase } from './types.ts'

const AWAITED: Record<GuardPhase, string> = {
  connect: 'answer to connect',
  request: 'answer to a request',
  stream: 'first message',
  idle: 'further message',
}

/** A deadline of the guard passed. */
export class WedgeDeadlineError extends Error {
  override readonly name = 'WedgeDeadlineError'
  /** The executor's scope. */
  readonly scope: string
  /** What got no answer: `connect`, `request`, `stream` (its first message) or `idle` (a later one). */
  readonly phase: GuardPhase
  /** How long the guard waited, in milliseconds. */
  readonly deadlineMs: number

  constructor(scope: string, phase: GuardPhase, deadlineMs: number) {
    super(`no ${AWAITED[phase]} within ${deadlineMs} ms`)
    this.scope = scope
    this.phase = phase
    this.deadlineMs = deadlineMs
  }
}

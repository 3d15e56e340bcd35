import { WedgeDeadlineError } from './deadline-error.ts'
import type { GuardContext, WedgeVerdict } from './types.ts'

interface Failure {
  readonly code?: unknown
  readonly syscall?: unknown
  readonly message?: unknown
  readonly cause?: unknown
}

const CONNECTION_LOST = new Set<unknown>(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'])
/** fetch, and SDKs on top of it, wrap the system's error a few times; a chain of causes may also be a ring. */
const CAUSES = 4
const TEXT_LENGTH = 120

const asFailure = (error: unknown): Failure | undefined =>
  (typeof error === 'object' && error) || typeof error === 'function' ? error : undefined

export function defaultVerdict(error: unknown, { phase, aborted }: GuardContext): WedgeVerdict {
  if (aborted) return 'ignore'
  if (phase === 'connect') return 'wedge'
  if (error instanceof WedgeDeadlineError) return 'ignore'
  let failure = asFailure(error)
  for (let depth = 0; failure && depth < CAUSES; depth++) {
    if (typeof failure.syscall === 'string' && failure.syscall.startsWith('spawn')) return 'wedge'
    if (CONNECTION_LOST.has(failure.code)) return 'suspect'
    failure = asFailure(failure.cause)
  }
  return 'alive'
}

/** Short enough that a heartbeat's 200 characters still show the recovery action, whatever the error's text is. */
export function defaultReason(error: unknown, phase: string, scope: string, inARow: number): string {
  const message = asFailure(error) ? asFailure(error)?.message : String(error)
  let text = (typeof message === 'string' && message.trim()) || 'failed without a message'
  if (text.length > TEXT_LENGTH) text = `${text.slice(0, TEXT_LENGTH).replace(/[\uD800-\uDBFF]$/, '')}…`
  if (!(error instanceof WedgeDeadlineError) && phase !== 'idle') text = `${phase}: ${text}`
  return `${text}${inARow > 1 ? `, ${inARow} in a row` : ''} — restart ${scope}`
}

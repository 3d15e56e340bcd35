import { WedgeDeadlineError } from './deadline-error.ts'
import type { GuardContext, GuardPhase, WedgeVerdict } from './types.ts'

interface Failure {
  readonly code?: unknown
  readonly syscall?: unknown
  readonly message?: unknown
  readonly cause?: unknown
}

/** The UND_ERR codes are what Node's `fetch` calls ECONNRESET and ETIMEDOUT. */
const CONNECTION_LOST = /^(ECONN(REFUSED|RESET)|EPIPE|ETIMEDOUT|UND_ERR_(SOCKET|CONNECT_TIMEOUT))$/
/** fetch, and SDKs on top of it, wrap the system's error a few times; a chain of causes may also be a ring. */
const CAUSES = 4
const TEXT_LENGTH = 120

/** Never throws, whatever the error's getters do. */
export function defaultVerdict(error: unknown, { phase, aborted }: GuardContext): WedgeVerdict {
  if (aborted) return 'ignore'
  if (phase === 'connect') return 'wedge'
  try {
    if (error instanceof WedgeDeadlineError) return 'ignore'
    let failure = error as Failure | null | undefined
    for (let depth = 0; depth < CAUSES; depth++) {
      if (/^spawn/.test(String(failure?.syscall))) return 'wedge'
      if (CONNECTION_LOST.test(String(failure?.code))) return 'suspect'
      failure = failure?.cause as Failure | null | undefined
    }
  } catch {}
  return 'alive'
}

/**
 * Short enough that a heartbeat's 200 characters still show the recovery action, whatever the error's text is. Never
 * throws.
 */
export function defaultReason(error: unknown, phase: GuardPhase, scope: string, inARow: number): string {
  let text = ''
  let isDeadline = false
  try {
    isDeadline = error instanceof WedgeDeadlineError
    const message = (error as Failure | null | undefined)?.message ?? error
    if (typeof message !== 'object') text = String(message).trim()
  } catch {}
  text ||= 'failed without a message'
  if (text.length > TEXT_LENGTH) text = `${text.slice(0, TEXT_LENGTH).replace(/[\uD800-\uDBFF]$/, '')}…`
  const where = isDeadline || phase === 'idle' ? '' : `${phase}: `
  return `${where}${text}${inARow > 1 ? `, ${inARow} in a row` : ''} — restart ${scope}`
}

import { WedgeDeadlineError } from './deadline-error.ts'
import type { GuardContext, WedgeVerdict } from './types.ts'

interface Failure {
  readonly code?: unknown
  readonly syscall?: unknown
  readonly cause?: unknown
}

/** The codes that mean that no one answered. Those with UND_ERR are of undici, on which Node's `fetch` is built. */
const CONNECTION_LOST: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
])

/**
 * How many errors of a chain of causes are read: `fetch`, and SDKs on top of it, wrap a few times; a chain may be circular.
 */
const MAX_CAUSES = 4

/** The verdict on an error that no hook has judged. Never throws, whatever the error's getters do. */
export function defaultVerdict(error: unknown, { phase, aborted }: GuardContext): WedgeVerdict {
  if (aborted) return 'ignore'
  if (phase === 'connect') return 'wedge'
  try {
    // The guard whose deadline it was has judged it.
    if (error instanceof WedgeDeadlineError) return 'ignore'
    let failure = error as Failure | null | undefined
    for (let depth = 0; depth < MAX_CAUSES; depth++) {
      if (/^spawn(Sync)?\b/.test(String(failure?.syscall))) return 'wedge'
      if (CONNECTION_LOST.has(failure?.code)) return 'suspect'
      failure = failure?.cause as Failure | null | undefined
    }
  } catch {
    // An error that cannot be read counts as the answer of a live peer, like any other unknown one.
  }
  return 'alive'
}

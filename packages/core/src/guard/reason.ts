import { redactSecrets } from '../foreign/redact-secrets.ts'
import { cut } from '../foreign/text.ts'
import { WedgeDeadlineError } from './deadline-error.ts'
import type { GuardPhase } from './types.ts'

/** How many characters of an error's text are kept: so few that a heartbeat's 200 still show the recovery action. */
const TEXT_LIMIT = 120

/** The guard's own reason: what happened, and the recovery action. Never throws, whatever the error is. */
export function defaultReason(error: unknown, phase: GuardPhase, scope: string, inARow: number): string {
  // Redacted before it is cut: half a secret matches no pattern.
  const text = cut(redactSecrets(textOf(error)), TEXT_LIMIT)
  // A deadline's own text says what was awaited; a death has no phase worth naming.
  const where = isDeadline(error) || phase === 'idle' ? '' : `${phase}: `
  const repeated = inARow > 1 ? `, ${inARow} in a row` : ''
  return `${where}${text}${repeated} — restart ${scope}`
}

function isDeadline(error: unknown): boolean {
  try {
    return error instanceof WedgeDeadlineError
  } catch {
    return false
  }
}

function textOf(error: unknown): string {
  let text = ''
  try {
    const message = (error as { readonly message?: unknown } | null | undefined)?.message ?? error
    if (message !== undefined && typeof message !== 'object') text = String(message).trim()
  } catch {
    // As if it had no message.
  }
  return text || 'failed without a message'
}

import { WedgeDeadlineError } from './deadline-error.ts'
import type { GuardPhase } from './types.ts'

/** How much of an error's text is kept: so little that a heartbeat's 200 characters still show the recovery action. */
const TEXT_LIMIT = 120

/** The guard's own reason: what happened, and the recovery action. Never throws, whatever the error is. */
export function defaultReason(error: unknown, phase: GuardPhase, scope: string, inARow: number): string {
  // A deadline's own text says what was awaited; a death has no phase worth naming.
  const where = isDeadline(error) || phase === 'idle' ? '' : `${phase}: `
  const repeated = inARow > 1 ? `, ${inARow} in a row` : ''
  return `${where}${cut(textOf(error))}${repeated} — restart ${scope}`
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
    // As if it had none.
  }
  return text || 'failed without a message'
}

function cut(text: string): string {
  if (text.length <= TEXT_LIMIT) return text
  // A surrogate pair is kept whole or not at all.
  return `${text.slice(0, TEXT_LIMIT).replace(/[\uD800-\uDBFF]$/, '')}…`
}

import type { WedgeMarkOptions } from '../types.ts'
import { isBlank } from './text.ts'

/** The most characters (UTF-16 code units) of a reason that are kept, the `…` of a cut one included. */
const REASON_LIMIT = 1_024

/** Replaces a reason that shows nothing. */
export const NO_REASON = 'no reason given'

/** The text of whatever was given as a reason. Never throws: getters and proxies are foreign code. */
export function reasonText(reason: unknown): string {
  try {
    const text = textOf(reason)
    if (typeof text === 'string' && !isBlank(text.slice(0, REASON_LIMIT))) return kept(text)
  } catch {
    // As if no reason were given.
  }
  return NO_REASON
}

/** `options.cause`, otherwise the reason itself if it is more than a string. Never throws. */
export function causeOf(reason: unknown, options: WedgeMarkOptions | undefined): unknown {
  try {
    const cause = options?.cause
    if (cause !== undefined) return cause
  } catch {
    // A getter that throws gives no cause.
  }
  return typeof reason === 'string' ? undefined : reason
}

function textOf(reason: unknown): unknown {
  if (typeof reason === 'string') return reason
  if (reason === undefined || reason === null) return ''
  // Duck-typed: errors of other realms and plain `{ code, message }` objects are not `instanceof Error`.
  return Object(reason) === reason ? (reason as { message?: unknown }).message : String(reason)
}

/**
 * By code points, so that no surrogate pair is cut in two. A slice would keep the long text alive; the joined text does
 * not.
 */
function kept(text: string): string {
  return text.length <= REASON_LIMIT ? text : [...text.slice(0, REASON_LIMIT)].with(-1, '…').join('')
}

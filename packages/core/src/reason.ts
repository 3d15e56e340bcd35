import type { WedgeMarkOptions } from './types.ts'

/** The most characters (UTF-16 code units) of a reason that are kept, the `…` of a cut one included. */
const REASON_LIMIT = 1_024

/** The text of whatever was given as a reason. Never throws: getters and proxies are foreign code. */
export function reasonText(reason: unknown): string {
  try {
    // Duck-typed: errors of other realms and plain `{ code, message }` objects are no `instanceof Error`.
    const text = Object(reason) === reason ? (reason as { message?: unknown }).message : String(reason)
    if (typeof text === 'string' && text.trim()) {
      if (text.length <= REASON_LIMIT) return text
      // By code points, so that the last one gives way whole. A slice would keep the long text alive; what is joined does not.
      return [...text.slice(0, REASON_LIMIT)].with(-1, '…').join('')
    }
  } catch {
    // As if there were none.
  }
  return 'no reason given'
}

/** `options.cause`, else a reason that is itself more than a string. Never throws. */
export function causeOf(reason: unknown, options: WedgeMarkOptions | undefined): unknown {
  try {
    const cause = options?.cause
    if (cause !== undefined) return cause
  } catch {
    // A getter that throws has no cause to tell.
  }
  return typeof reason === 'string' ? undefined : reason
}

import type { WedgeMarkOptions } from './types.ts'

/** The most characters (UTF-16 code units) of a reason that are kept, the `…` of a cut one included. */
const REASON_LIMIT = 1_024

const NO_REASON = 'no reason given'

/** The text of whatever was given as a reason. Never throws: getters and proxies are foreign code. */
export function reasonText(reason: unknown): string {
  try {
    const text = rawText(reason)
    return text.trim() === '' ? NO_REASON : cut(text)
  } catch {
    return NO_REASON
  }
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

function rawText(reason: unknown): string {
  if (typeof reason === 'string') return reason
  if ((typeof reason === 'object' && reason !== null) || typeof reason === 'function') {
    // Duck-typed: errors of other realms and plain `{ code, message }` objects are no `instanceof Error`.
    const message: unknown = (reason as { message?: unknown }).message
    return typeof message === 'string' ? message : ''
  }
  return String(reason)
}

function cut(text: string): string {
  if (text.length <= REASON_LIMIT) return text
  let end = REASON_LIMIT - 1
  const last = text.charCodeAt(end - 1)
  if (last >= 0xd800 && last <= 0xdbff) end--
  // A slice would keep the whole text alive; joined characters are a string of their own.
  return `${text.slice(0, end).split('').join('')}…`
}

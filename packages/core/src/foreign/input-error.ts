/** How much of a string that was received is quoted. */
const QUOTED = 100

/**
 * The one form of every error for bad input: which option, the rule, what was received, the way out.
 *
 * @param option as the caller wrote it: `scope(key)`, `startHeartbeat({ url })`
 */
export function inputError(option: string, rule: string, received: unknown, wayOut: string): TypeError {
  return new TypeError(`${option} needs ${rule}, got ${show(received)}. ${wayOut}`)
}

/** @throws TypeError unless `received` is a function */
export function assertFunction(option: string, received: unknown, wayOut: string): void {
  if (typeof received !== 'function') throw inputError(option, 'a function', received, wayOut)
}

/** Only the kind of an object is shown: it may have a `toJSON`, which is foreign code, or hold a secret. */
function show(received: unknown): string {
  switch (typeof received) {
    case 'string':
      // A user name and a password in a URL stay out of error texts.
      return JSON.stringify(received.slice(0, QUOTED).replace(/[^/]*@/, '…@'))
    case 'bigint':
      return `${received}n`
    case 'object':
      return received === null ? 'null' : kindOf(received)
    case 'function':
      return 'a function'
    default:
      return String(received)
  }
}

function kindOf(received: object): string {
  try {
    if (received instanceof Promise) return 'a promise'
    return Array.isArray(received) ? 'an array' : 'an object'
  } catch {
    return 'a proxy that cannot be read'
  }
}

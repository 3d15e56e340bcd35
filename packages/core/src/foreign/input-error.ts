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

/** Runs no foreign code: an object may have a `toJSON` or hold a secret, so only its kind is shown. */
function show(received: unknown): string {
  switch (typeof received) {
    case 'string':
      // A user name and a password in a URL stay out of error texts.
      return JSON.stringify(received.slice(0, QUOTED).replace(/[^/]*@/, '…@'))
    case 'bigint':
      return `${received}n`
    case 'object':
      return received === null ? 'null' : Array.isArray(received) ? 'an array' : 'an object'
    case 'function':
      return 'a function'
    default:
      return String(received)
  }
}

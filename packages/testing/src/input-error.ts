/** How much of a string that was received is quoted. */
const QUOTED = 100

/**
 * The one form of every error for bad input, as in `@runtime-wedge/core`: which option, the rule, what was received, the way
 * out.
 *
 * @param option as the caller wrote it: `resetForTest(registry)`, `checkWedgeLaws(make, { laws })`
 */
export function inputError(option: string, rule: string, received: unknown, wayOut: string): TypeError {
  return new TypeError(`${option} needs ${rule}, got ${show(received)}. ${wayOut}`)
}

/** Runs no foreign code: an object may have a `toJSON`, so only its kind is shown. */
function show(received: unknown): string {
  switch (typeof received) {
    case 'string':
      return JSON.stringify(received.slice(0, QUOTED))
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

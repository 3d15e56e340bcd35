import type { WedgeReader } from '@runtime-wedge/core'

/** What a matcher gives back to the runner. */
export interface MatcherResult {
  readonly pass: boolean
  readonly message: () => string
  readonly actual?: unknown
  readonly expected?: unknown
}

/**
 * The matcher `toBeWedged`: a state or a registry is wedged, with a reason that is exactly the string, or that the pattern
 * finds.
 *
 * @throws TypeError for what cannot be wedged, or a reason that is neither
 */
export function toBeWedged(received: unknown, reason?: string | RegExp): MatcherResult {
  if (!isReader(received)) {
    throw new TypeError(
      `expect(reader).toBeWedged() needs a WedgeReader (a state or a registry), got ${describe(received)}.`,
    )
  }
  if (reason !== undefined && typeof reason !== 'string' && !(reason instanceof RegExp)) {
    throw new TypeError(`toBeWedged(reason) needs a string or a RegExp, got ${describe(reason)}. Leave it out for any.`)
  }
  const name = nameOf(received)
  const actual = received.reason()
  if (!received.isWedged()) {
    const wanted = reason === undefined ? '' : ` with ${wording(reason)}`
    return { pass: false, message: () => `expected ${name} to be wedged${wanted}, but it is healthy` }
  }
  if (reason === undefined) {
    return { pass: true, message: () => `expected ${name} not to be wedged, but it is: ${JSON.stringify(actual)}` }
  }
  // `search` knows no `lastIndex`: a global pattern gives the same answer each time.
  const pass = typeof reason === 'string' ? actual === reason : actual.search(reason) >= 0
  const found = pass ? 'but it is' : `but its reason is ${JSON.stringify(actual)}`
  return {
    pass,
    message: () => `expected ${name} ${pass ? 'not ' : ''}to be wedged with ${wording(reason)}, ${found}`,
    actual,
    expected: reason,
  }
}

function isReader(value: unknown): value is WedgeReader {
  const reader = value as Partial<WedgeReader> | null | undefined
  return typeof reader?.isWedged === 'function' && typeof reader.reason === 'function'
}

function nameOf(reader: WedgeReader & { readonly scope?: unknown }): string {
  return typeof reader.scope === 'string' ? `scope ${JSON.stringify(reader.scope)}` : 'the registry'
}

function wording(reason: string | RegExp): string {
  return typeof reason === 'string' ? `the reason ${JSON.stringify(reason)}` : `a reason that matches ${reason}`
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value
}

import type { WedgeReader } from '@runtime-wedge/core'
import { inputError } from './input-error.ts'

/** What a matcher gives back to the runner. */
export interface MatcherResult {
  /** Whether the value is as the matcher says; the runner inverts it for `not`. */
  readonly pass: boolean
  /** What is wrong if the opposite was expected. */
  readonly message: () => string
  readonly actual?: unknown
  readonly expected?: unknown
}

/**
 * The matcher `toBeWedged`: checks that a state or a registry is wedged, and that its reason is the string or matches the
 * pattern.
 *
 * @throws TypeError for a value that is not a WedgeReader, or a reason that is neither a string nor a RegExp
 */
export function toBeWedged(received: unknown, reason?: string | RegExp): MatcherResult {
  if (!isReader(received)) {
    const rule = 'a WedgeReader (a state or a registry)'
    throw inputError('expect(reader).toBeWedged()', rule, received, 'Pass what has isWedged() and reason().')
  }
  if (reason !== undefined && typeof reason !== 'string' && !(reason instanceof RegExp)) {
    throw inputError('toBeWedged(reason)', 'a string or a RegExp', reason, 'Leave it out for any reason.')
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
  // Not `test`, which moves the `lastIndex` of a global pattern: the second answer would differ.
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

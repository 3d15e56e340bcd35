import fc, { toStringMethod } from 'fast-check'
import type { WedgeOperation } from './operation.ts'

/** Any code unit, halves of surrogate pairs too. (fast-check's own unit `binary` takes two seconds to build.) */
const codeUnit = fc.nat(0xffff).map(code => String.fromCharCode(code))

/** Keys of scopes: any non-empty string except `"default"`; names that every object inherits are among them. */
export function scopeKey(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom('claude:session-1', 'mcp:fs', 'a', 'b'),
    fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'Default', '0', '-1', ' '),
    fc.string({ unit: codeUnit, minLength: 1, maxLength: 20 }).filter(key => key !== 'default'),
  )
}

/** Reasons that are kept as they are: text of at most 1,024 characters that is not blank. */
export function plainReason(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ minLength: 1, maxLength: 12 }).filter(hasWords),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter(hasWords),
  )
}

/**
 * Reasons that show as nothing: white space, zero-width, filler, control and format characters, and ANSI escapes alone.
 * `@runtime-wedge/core` says `no reason given` instead. The laws name no characters, so the kit tries white space only.
 */
export function blankReason(): fc.Arbitrary<string> {
  const escapes = ['\u001b[31m', '\u001b[0m', '\u001b[2J', '\u001b]0;title\u0007']
  const characters = [' ', '\n', '\u00a0', '\u0000', '\u0007', '\u00ad', '\u115f', '\u200b', '\u200d', '\u202e']
  const more = ['\u2060', '\u2800', '\u3164', '\ufe0f', '\ufeff', '\uffa0', '\u{e0020}']
  return fc.string({ unit: fc.constantFrom(...escapes, ...characters, ...more), maxLength: 8 })
}

/** What was given as a reason, and what a registry must make of it. */
export interface GivenReason {
  /** What to pass to `mark`. */
  readonly reason: string | Error
  /** The text to be shown. `undefined` if that is the beginning of `long`, cut with `…`. */
  readonly text: string | undefined
  /** The text that is too long to be kept; `""` if `text` says all. */
  readonly long: string
}

const NO_REASON = 'no reason given'

/** Reasons of every kind, hostile ones included: they throw when they are read or printed. */
export function anyReason(): fc.Arbitrary<GivenReason> {
  return fc.oneof(
    plainReason().map(text => given(fc.stringify(text), text, text)),
    plainReason().map(text => given(`new Error(${fc.stringify(text)})`, new Error(text), text)),
    plainReason().map(message => given(fc.stringify({ code: 1, message }), { code: 1, message }, message)),
    fc.oneof(fc.integer(), fc.boolean(), fc.bigInt()).map(value => given(fc.stringify(value), value, String(value))),
    fc.constantFrom(undefined, null, '', ' ', '\n\t ').map(nothing => given(fc.stringify(nothing), nothing, NO_REASON)),
    fc.constantFrom(...impossibleReasons()),
    longText().map(text => given(`a text of ${text.length}`, text, undefined, text)),
    longText().map(text => given(`an error's message of ${text.length}`, new Error(text), undefined, text)),
  )
}

/** Options of {@link operations}. */
export interface OperationsOptions {
  /**
   * The keys to act on.
   *
   * @default ['default', 'a', 'b', '__proto__']
   */
  readonly scopes?: readonly string[] | undefined
  /**
   * The kinds of operations.
   *
   * @default all of them
   */
  readonly kinds?: readonly WedgeOperation['do'][] | undefined
  /**
   * The greatest number of operations in one run.
   *
   * @default 24
   */
  readonly maxLength?: number | undefined
}

const ALL_KINDS = ['mark', 'clear', 'release', 'attempt', 'succeed', 'fail', 'advance'] as const

/** Runs of operations. The clock also moves backwards. */
export function operations(options: OperationsOptions = {}): fc.Arbitrary<WedgeOperation[]> {
  const { scopes = ['default', 'a', 'b', '__proto__'], kinds = ALL_KINDS, maxLength = 24 } = options
  return fc.array(fc.oneof(...kinds.map(kind => operation(kind, fc.constantFrom(...scopes)))), {
    maxLength,
    size: 'max',
  })
}

function operation(kind: WedgeOperation['do'], scope: fc.Arbitrary<string>): fc.Arbitrary<WedgeOperation> {
  switch (kind) {
    case 'mark':
      return fc.record({ do: fc.constant(kind), scope, reason: plainReason() })
    case 'clear':
    case 'release':
    case 'attempt':
      return fc.record({ do: fc.constant(kind), scope })
    case 'succeed':
      return fc.record({ do: fc.constant(kind), attempt: fc.nat(7) })
    case 'fail':
      return fc.record({ do: fc.constant(kind), attempt: fc.nat(7), reason: plainReason() })
    case 'advance':
      return fc.record({ do: fc.constant(kind), ms: fc.integer({ min: -500, max: 1_000 }) })
  }
}

function given(label: string, reason: unknown, text: string | undefined, long = ''): GivenReason {
  // The laws also hold for what the types forbid. Some of it would break whoever prints it.
  return { reason: reason as string, text, long, [toStringMethod]: () => label } as GivenReason
}

function impossibleReasons(): GivenReason[] {
  const trap = (): never => {
    throw new Error('a reason that must not be touched')
  }
  const revoked = Proxy.revocable({}, {})
  revoked.revoke()
  const traps = { get: trap, has: trap, getPrototypeOf: trap, ownKeys: trap, getOwnPropertyDescriptor: trap }
  return [
    given('an object without message', {}, NO_REASON),
    given('an object without prototype', Object.create(null), NO_REASON),
    given('{ message: 1 }', { message: 1 }, NO_REASON),
    given('an error with a blank message', new Error(' '), NO_REASON),
    given('a message getter that throws', Object.defineProperty({}, 'message', { get: trap }), NO_REASON),
    given('an object whose toString throws', { toString: trap, [Symbol.toPrimitive]: trap }, NO_REASON),
    given('a proxy that throws', new Proxy({}, traps), NO_REASON),
    given('a revoked proxy', revoked.proxy, NO_REASON),
    given('Symbol("s")', Symbol('s'), 'Symbol(s)'),
  ]
}

/** More characters than are kept, by whatever count, with a surrogate pair at each place where it may be cut. */
function longText(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.nat(3), fc.constantFrom('x', '😀', 'x😀', '😀x'), fc.integer({ min: 1_100, max: 1_200 }))
    .map(([indent, unit, times]) => 'a'.repeat(indent) + unit.repeat(times))
}

/** Stricter than need be: a text that no one could take for a blank one. */
function hasWords(text: string): boolean {
  return /[\p{Lu}\p{Ll}\p{N}\p{P}]/u.test(text)
}

import fc, { toStringMethod } from 'fast-check'
import type { WedgeOperation } from './operation.ts'

/** Any, halves of surrogate pairs too. (fast-check's own unit `binary` needs two seconds to be made.) */
const codeUnit = fc.nat(0xffff).map(code => String.fromCharCode(code))

/** Keys of scopes: every non-empty string but `"default"`, also such as objects inherit. */
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
    fc.string({ minLength: 1, maxLength: 12 }).filter(isNotBlank),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter(isNotBlank),
  )
}

/** What was given as a reason, and what a registry must make of it. */
export interface GivenReason {
  readonly reason: string | Error
  /** The text to be shown; `undefined` for one that is too long: then it is the beginning of `long`, cut with `…`. */
  readonly text: string | undefined
  readonly long: string
}

const NO_REASON = 'no reason given'

/** Reasons of every kind, hostile ones included. */
export function anyReason(): fc.Arbitrary<GivenReason> {
  return fc.oneof(
    plainReason().map(text => given(fc.stringify(text), text, text)),
    plainReason().map(text => given(`new Error(${fc.stringify(text)})`, new Error(text), text)),
    plainReason().map(message => given(fc.stringify({ code: 1, message }), { code: 1, message }, message)),
    fc
      .oneof(fc.integer(), fc.boolean(), fc.bigInt(), fc.constant(null), fc.constant(undefined))
      .map(value => given(fc.stringify(value), value, String(value))),
    fc.constantFrom('', ' ', '\n\t ').map(blank => given(fc.stringify(blank), blank, NO_REASON)),
    fc.constantFrom(...impossibleReasons()),
    longText().map(text => given(`a text of ${text.length}`, text, undefined, text)),
    longText().map(text => given(`an error's message of ${text.length}`, new Error(text), undefined, text)),
  )
}

export interface OperationsOptions {
  /** The keys to act on; `default`, two others and `__proto__` by default. */
  readonly scopes?: readonly string[] | undefined
  /** Which operations; all by default. */
  readonly kinds?: readonly WedgeOperation['do'][] | undefined
  readonly maxLength?: number | undefined
}

const ALL_KINDS = ['mark', 'clear', 'release', 'attempt', 'succeed', 'fail', 'advance'] as const

/** Whole runs of operations. The clock also goes backwards. */
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
  // Laws hold also for what the types forbid; some of it breaks whoever prints it.
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

/** More characters than are kept, however they are counted, with surrogate pairs at every place. */
function longText(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.nat(3), fc.constantFrom('x', '😀', 'x😀', '😀x'), fc.integer({ min: 1_100, max: 1_200 }))
    .map(([indent, unit, times]) => 'a'.repeat(indent) + unit.repeat(times))
}

function isNotBlank(text: string): boolean {
  return text.trim() !== ''
}

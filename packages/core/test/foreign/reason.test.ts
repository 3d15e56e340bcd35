import { runInNewContext } from 'node:vm'
import { createTestRegistry } from '@runtime-wedge/testing'
import { describe, expect, it } from 'vitest'

/** Marks with whatever, as plain JavaScript may, and gives what was kept. */
function mark(reason: unknown, options?: { cause?: unknown }): { text: string; cause: unknown } {
  const { registry } = createTestRegistry()
  expect(registry.default.mark(reason as string, options)).toBe(true)
  return { text: registry.reason(), cause: registry.default.cause }
}

const throwing = {
  get message(): string {
    throw new Error('no message')
  },
}
const revoked = Proxy.revocable({}, {})
revoked.revoke()

describe('the text', () => {
  it.each([
    ['a string, as it is', ' two\nlines\u001b[31m ', ' two\nlines\u001b[31m '],
    ['an Error', new TypeError('bad type'), 'bad type'],
    ['an Error of another realm', runInNewContext('new Error("other realm")'), 'other realm'],
    ['a plain object with a message', { code: -32_000, message: 'Connection closed' }, 'Connection closed'],
    ['a function with a message', Object.assign(() => {}, { message: 'odd' }), 'odd'],
    ['a number', 42, '42'],
    ['a bigint', 7n, '7'],
    ['a boolean', false, 'false'],
    ['a symbol', Symbol('odd'), 'Symbol(odd)'],
    ['null', null, 'no reason given'],
    ['undefined', undefined, 'no reason given'],
    ['an empty string', '', 'no reason given'],
    ['blank space', ' \n\t\u00a0', 'no reason given'],
    ['an Error without a message', new Error(), 'no reason given'],
    ['an object without a message', { toString: () => 'not asked' }, 'no reason given'],
    ['an object whose message is no string', { message: 42 }, 'no reason given'],
    ['an object whose message is a String object', { message: Object('boxed') }, 'no reason given'],
    ['an object without a prototype', Object.create(null), 'no reason given'],
    ['a message that throws', throwing, 'no reason given'],
    ['a revoked proxy', revoked.proxy, 'no reason given'],
  ])('of %s', (_, reason, text) => {
    expect(mark(reason).text).toBe(text)
  })

  it('is kept whole up to 1,024 characters, then cut with an ellipsis', () => {
    expect(mark('x'.repeat(1_024)).text).toBe('x'.repeat(1_024))
    expect(mark('x'.repeat(1_025)).text).toBe(`${'x'.repeat(1_023)}…`)
    expect(mark(new Error('x'.repeat(100_000))).text).toBe(`${'x'.repeat(1_023)}…`)
  })

  it('is never cut through a surrogate pair', () => {
    const { text } = mark(`${'x'.repeat(1_022)}😀😀`)
    expect(text).toBe(`${'x'.repeat(1_022)}…`)
    expect(mark(`${'x'.repeat(1_021)}😀😀`).text).toBe(`${'x'.repeat(1_021)}😀…`)
    for (const edge of ['\u{10000}', '\u{10ffff}']) expect(mark(`${'x'.repeat(1_022)}${edge}x`).text).toBe(text)
    expect(mark('😀'.repeat(2_000)).text).toBe(`${'😀'.repeat(511)}…`)
  })
})

describe('the cause', () => {
  const error = new Error('gone')
  it.each([
    ['the option', 'stuck', { cause: 7 }, 7],
    ['the option, also before an error', error, { cause: null }, null],
    ['the error itself', error, undefined, error],
    ['the error itself, without the option', error, { cause: undefined }, error],
    ['a reason that is no string', 42, {}, 42],
    ['nothing for a string', 'stuck', {}, undefined],
  ])('is %s', (_, reason, options, cause) => {
    expect(mark(reason, options).cause).toBe(cause)
  })
})

describe('a text that shows nothing', () => {
  it.each([
    ['zero-width characters', '\u200b\u2060\ufeff'],
    ['a filler', '\u3164\uffa0'],
    ['a soft hyphen and a joiner', '\u00ad\u034f'],
    ['control characters', '\u0000\u0007\u001f\u007f'],
    ['ANSI escapes', '\u001b[31m\u001b[0m'],
    ['bidi controls among spaces', ' \u202e \u2066 '],
  ])('of %s is no reason, as a string and as a message', (_, text) => {
    expect(mark(text).text).toBe('no reason given')
    expect(mark(new Error(text)).text).toBe('no reason given')
  })

  it('is not one with a word in it, which stays verbatim', () => {
    const text = '\u200b\u001b[31mstuck\u001b[0m'
    expect(mark(text).text).toBe(text)
  })
})

it('a long text that shows nothing where it would be cut is no reason', () => {
  expect(mark(`${'\u200b'.repeat(2_000)}word`).text).toBe('no reason given')
})

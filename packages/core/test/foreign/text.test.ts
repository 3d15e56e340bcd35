import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cut, isBlank, oneLine } from '../../src/foreign/text.ts'

test.each([
  ['nothing', ''],
  ['white space', ' \t\r\n\v\f\u00a0\u2003\u3000\u0085'],
  ['zero-width characters', '\u200b\u200c\u200d\u2060\ufeff'],
  ['a soft hyphen', '\u00ad'],
  ['fillers', '\u3164\u115f\u1160\uffa0'],
  ['a blank Braille pattern', '\u2800'],
  ['other characters that are drawn empty', '\u{1d159}\u{16fe4}\u{13441}\u{13442}'],
  ['a combining joiner', '\u034f'],
  ['variation selectors and tags', '\ufe0f\u{e0100}\u{e0041}'],
  ['control characters', '\u0000\u0007\u007f\u009f'],
  ['bidi controls', '\u202e\u2066\u061c\u200f'],
  ['colours', '\u001b[31m\u001b[0m'],
  ['8-bit colours', '\u009b31m'],
  ['a title', '\u001b]0;title\u0007'],
  ['an 8-bit title', '\u009d0;title\u009c'],
  ['a link around nothing', '\u001b]8;;http://x\u001b\\ \u001b]8;;\u001b\\'],
  ['a reset', '\u001bc'],
])('%s is blank', (_, text) => {
  expect(isBlank(text)).toBe(true)
  expect(isBlank(` ${text}\n`)).toBe(true)
  expect(isBlank(`${text}x`)).toBe(false)
  expect(isBlank(`${text}日`)).toBe(false)
})

test.each(['x', ' x', '.', '~', 'é', '日本語', '💥', '\u200b!', '\u001b[31mred', '\ud83d', '\u001b]0;never ends'])(
  '%j is not blank',
  text => {
    expect(isBlank(text)).toBe(false)
  },
)

test('a text is blank exactly when the line made of it shows nothing', () => {
  const part = fc.constantFrom(
    '\u001b',
    '\u001b[',
    '[31m',
    '\u009b',
    '\u009d',
    '\u0007',
    ';',
    ' ',
    '\n',
    '\u200b',
    '\u3164',
    'm',
    '日',
  )
  const agree = fc.property(fc.array(part, { maxLength: 8 }), parts => {
    const text = parts.join('')
    expect(isBlank(text)).toBe(isBlank(oneLine(text)))
  })
  fc.assert(agree, { numRuns: 2_000 })
})

test('any text becomes one line, and a line stays as it is', () => {
  const nasty = [
    '\u001b',
    '\u001b[',
    '\u001b]',
    '\u0007',
    '\n',
    '\r',
    '\u009b',
    '\u009d',
    '\u202e',
    '\ud800',
    '💥',
    'm',
    ' ',
  ]
  const fit = fc.property(fc.array(fc.constantFrom(...nasty), { maxLength: 30 }), parts => {
    const line = oneLine(parts.join(''))
    expect([/[\p{Cc}\p{Bidi_C}\p{Cs}\u2028\u2029]/u.test(line), oneLine(line)]).toEqual([false, line])
  })
  fc.assert(fit, { numRuns: 1_000 })
})

test('joined emoji, accents and text from right to left stay as they are', () => {
  for (const text of ['👩‍👩‍👧', 'e\u0301', 'שלום', '\u0645\u06cc\u200c\u062e\u0648']) expect(oneLine(text)).toBe(text)
})

test('a cut never goes through a surrogate pair', () => {
  expect(cut('abc', 3)).toBe('abc')
  expect(cut('abcd', 3)).toBe('ab…')
  expect(cut('a💥b', 3)).toBe('a…')
})

// Quadratic time would be minutes for a million characters; the limit is the runner's.
test.each([
  'a',
  '\u001b]',
  '\u001b[',
  '\u001b[0',
  '\u001b ',
  '\n',
  ' ',
  '\ud83d',
  '\u009b;',
  '\u009d',
  '\u0090x',
  '\u200b',
  '\u001b[0;',
])(
  'a million characters of %j take no more than a moment',
  hostile => {
    const text = hostile.repeat(1_000_000 / hostile.length)
    isBlank(text)
    isBlank(`\u001b${text}`)
    oneLine(text)
    oneLine(`\u001b[${'0'.repeat(1_000_000)}${text}`)
  },
  10_000,
)

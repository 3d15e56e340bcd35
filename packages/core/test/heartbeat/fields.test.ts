import { WedgeRegistry } from '@runtime-wedge/core'
import { runtimeStateFields } from '@runtime-wedge/core/heartbeat'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const wedged = (reason: string) => ({ isWedged: () => true, reason: () => reason })
const sent = (reason: string) => runtimeStateFields(wedged(reason)).sample_error

test('a healthy reader adds nothing, a wedged one exactly two fields', () => {
  const registry = new WedgeRegistry({ logger: { error() {}, warn() {}, info() {} } })
  expect(runtimeStateFields(registry)).toStrictEqual({})
  const state = registry.scope('mcp:fs')
  state.mark('no answer in 60 s: restart the server')
  const fields = { runtime_state: 'wedged', sample_error: 'no answer in 60 s: restart the server' }
  expect(runtimeStateFields(registry)).toStrictEqual(fields)
  expect(runtimeStateFields(state)).toStrictEqual(fields)
  expect(runtimeStateFields(registry.default)).toStrictEqual({})
})

test.each([
  'hermes init timeout — restart workspace (SdkError: 500)',
  ' two  spaces stay ',
  'größer 日本語 👩‍👩‍👧 "quoted" \\ <b>',
  'x'.repeat(200),
])('an ordinary reason passes verbatim: %j', reason => {
  expect(sent(reason)).toBe(reason)
})

test.each([
  ['line breaks', 'Error: boom\n    at a.js:1\r\n\tat b.js:2\n', 'Error: boom at a.js:1 at b.js:2'],
  ['unicode line breaks', 'a\u2028b\u2029c\u0085d\ve\ff', 'a b c d e f'],
  ['only the edges', '\n\n  a b  \n', 'a b'],
  ['colours', '\u001b[31mred\u001b[0m \u001b[1;38;5;196mbold\u001b[m', 'red bold'],
  ['8-bit colours', '\u009b31mred\u009b0m', 'red'],
  ['titles and links', '\u001b]0;title\u0007a \u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\', 'a link'],
  ['a title that never ends', 'a\u001b]0;title and text', 'a0;title and text'],
  ['cursor moves and resets', '\u001bc\u001b[2J\u001b[H\u001b(Bdone', 'done'],
  ['other control characters', 'a\u0000b\u0008c\u007fd\u0090e', 'abcde'],
  ['text that is re-ordered', 'safe\u202egnp.exe\u202c \u2066x\u2069\u200f', 'safegnp.exe x'],
  ['half characters', 'a\ud83db\ude00c', 'a\ufffdb\ufffdc'],
  ['nothing that shows', '\u0000\n\u001b[0m', 'no reason given'],
  ['zero-width characters alone', '\u200b\u2060', 'no reason given'],
  ['a filler alone', '\u3164', 'no reason given'],
  ['white space alone', ' \u00a0 ', 'no reason given'],
  ['secrets', 'password=hunter2 was refused', 'password=[redacted] was refused'],
])('%s do not leave the process', (_, reason, expected) => {
  expect(sent(reason)).toBe(expected)
})

test('any text becomes one short line', () => {
  const nasty = [
    '\u001b',
    '\u001b[',
    '\u001b]',
    '\u0007',
    '\n',
    '\r',
    '\u009b',
    '\u202e',
    '\ud800',
    '💥',
    'm',
    'é'.repeat(60),
  ]
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...nasty), { maxLength: 30 }), parts => {
      const line = sent(parts.join(''))!
      // One check for all: each `expect` costs more than the run.
      const fit = line !== '' && line.length <= 200 && !/[\p{Cc}\p{Bidi_C}\p{Cs}\u2028\u2029]/u.test(line)
      expect([fit, sent(line)]).toEqual([true, line])
    }),
    { numRuns: 1_000 },
  )
})

test('a long reason is cut to 200 characters, and no character is cut in half', () => {
  expect(sent('x'.repeat(201))).toBe(`${'x'.repeat(199)}…`)
  expect(sent(`${'x'.repeat(198)}💥💥`)).toBe(`${'x'.repeat(198)}…`)
  expect(sent(`${'x'.repeat(197)}💥💥`)).toBe(`${'x'.repeat(197)}💥…`)
})

test('redact sees the whole reason, as one line, before it is cut', () => {
  const reason = `${'x'.repeat(195)}\n token=${'s'.repeat(50)}`
  const redact = (text: string) => text.replace(/token=\w+/, '[token]')
  expect(runtimeStateFields(wedged(reason), { redact }).sample_error).toBe(`${'x'.repeat(195)} [to…`)
  const split = (text: string) => text.replace('secret', '***')
  expect(runtimeStateFields(wedged('se\u0000cr\u001b[0met'), { redact: split }).sample_error).toBe('***')
})

test('a given redact replaces the default one', () => {
  expect(runtimeStateFields(wedged('password=hunter2'), { redact: text => text }).sample_error).toBe('password=hunter2')
  expect(runtimeStateFields(wedged('password=hunter2'), { redact: undefined }).sample_error).toBe('password=[redacted]')
})

test.each(['', ' ', '\u200b', '\u001b[0m'])('a redact that leaves %j leaves a placeholder', text => {
  expect(runtimeStateFields(wedged('hunter2'), { redact: () => text }).sample_error).toBe('[redacted]')
})

test('what redact returns is cleaned as well', () => {
  const redact = (text: string) => `${text}\n\u001b[31m${'y'.repeat(300)}`
  expect(runtimeStateFields(wedged('x'), { redact }).sample_error).toBe(`x ${'y'.repeat(197)}…`)
})

test.each([
  ['throws', () => void JSON.parse('{')],
  ['rejects', () => Promise.reject(new Error('late'))],
  ['returns nothing', () => undefined],
])('a redact that %s withholds the text, and never sends it raw', (_, redact) => {
  const fields = runtimeStateFields(wedged('password hunter2'), {
    redact: redact as unknown as (text: string) => string,
  })
  expect(fields).toStrictEqual({ runtime_state: 'wedged', sample_error: 'withheld: redact failed' })
})

import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { type TimelineEntry, toJson, toText } from '../src/timeline.ts'

const aggregate = { wedged: true, reason: 'request timed out', scope: 'mcp:search', since: 1, count: 2 }
const wedge: TimelineEntry = { ms: 3_021, scope: 'mcp:files', event: 'WEDGED', detail: 'connection closed', aggregate }

test('a wedge in plain text has time, scope, reason, and all scopes together', () => {
  expect(toText(wedge, false)).toBe(
    [
      '   3.02 s  mcp:files       WEDGED  connection closed',
      '                           = all: 2 wedged, first mcp:search: request timed out',
    ].join('\n'),
  )
})

test('an event of the platform names the transition that led to it', () => {
  const entry: TimelineEntry = {
    ...wedge,
    scope: 'platform',
    event: 'WORKSPACE_DEGRADED',
    after: { ms: 4, type: 'mark' },
  }
  expect(toText(entry, false)).toBe(
    '   3.02 s  platform        WORKSPACE_DEGRADED  4 ms after the mark  connection closed',
  )
})

test('with colours it has the same text', () => {
  expect(toText(wedge, true)).toContain('\x1b[31m')
  expect(stripVTControlCharacters(toText(wedge, true))).toBe(toText(wedge, false))
})

test('a reason with escape sequences and line breaks stays one line of text', () => {
  const hostile = '\x1b[2J\u202egnp.exe\nnext\u2028line'
  const text = toText({ ...wedge, detail: hostile, aggregate: { ...aggregate, reason: hostile } }, false)
  expect(text.split('\n')).toHaveLength(2)
  for (const character of ['\x1b', '\u202e', '\u2028']) expect(text).not.toContain(character)
})

test('JSON is one line and loses nothing', () => {
  const hostile = { ...wedge, detail: 'a\nb' }
  expect(toJson(hostile)).not.toContain('\n')
  expect(JSON.parse(toJson(hostile))).toEqual(hostile)
})

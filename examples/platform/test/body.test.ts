import { expect, test } from 'vitest'
import { parseHeartbeat, parseRestart } from '../src/body.ts'
import { healthy, wedged } from './bodies.ts'

test('the six keys are enough; what may be left out is filled in', () => {
  expect(parseHeartbeat(healthy())).toEqual({
    ...healthy(),
    wedged_count: 0,
    wedged_scopes: [],
    scopes: null,
    scope_count: null,
  })
})

test('fields that it does not know are left out', () => {
  expect(parseHeartbeat({ ...healthy(), colour: 'green', __proto__: { x: 1 } })).not.toHaveProperty('colour')
})

test('a whole wedged body is taken as it is', () => {
  const body = {
    ...wedged(['mcp:fs', 'no answer', 17], ['__proto__', '', 18]),
    scopes: ['mcp:fs', 'b'],
    scope_count: 9,
  }
  expect(parseHeartbeat(body)).toEqual(body)
})

const without = (key: string) => ({ ...healthy(), [key]: undefined })

test.each([
  [null, 'the body must be a JSON object, got null'],
  [[healthy()], 'the body must be a JSON object, got [{"workspace_id"'],
  [without('workspace_id'), 'workspace_id must be a string of 1 to 256 characters, got nothing'],
  [healthy({ workspace_id: '' }), 'workspace_id must be a string of 1 to 256 characters, got ""'],
  [healthy({ workspace_id: 'x'.repeat(257) }), 'workspace_id must be a string of 1 to 256 characters, got "xxx'],
  [healthy({ error_rate: 1.1 }), 'error_rate must be a number from 0 to 1, got 1.1'],
  [{ ...healthy(), error_rate: null }, 'error_rate must be a number from 0 to 1, got null'],
  [{ ...healthy(), error_rate: '0' }, 'error_rate must be a number from 0 to 1, got "0"'],
  [without('sample_error'), 'sample_error must be a string, got nothing'],
  [healthy({ active_tasks: -1 }), 'active_tasks must be a whole number from 0 up, got -1'],
  [healthy({ active_tasks: 1.5 }), 'active_tasks must be a whole number from 0 up, got 1.5'],
  [{ ...healthy(), current_task: 7 }, 'current_task must be a string, got 7'],
  [healthy({ uptime_seconds: -0.5 }), 'uptime_seconds must be a number from 0 up, got -0.5'],
  [{ ...healthy(), runtime_state: 'fine' }, 'runtime_state must be "wedged", or absent, got "fine"'],
  [{ ...wedged(['a', 'b']), wedged_count: '1' }, 'wedged_count must be a whole number from 0 up, got "1"'],
  [{ ...wedged(['a', 'b']), wedged_scopes: {} }, 'wedged_scopes must be an array of { scope: string, reason: string'],
  [{ ...wedged(['a', 'b']), wedged_scopes: [null] }, 'wedged_scopes must be an array of'],
  [wedged(['', 'b']), 'wedged_scopes must be an array of'],
  [wedged(['a', 'b', 9e15]), 'wedged_scopes must be an array of'],
  [{ ...wedged(['a', 'b']), runtime_state: undefined }, 'wedged_scopes and wedged_count need runtime_state "wedged"'],
  [{ ...healthy(), scopes: ['a', ''] }, 'scopes must be an array of non-empty strings, got ["a",""]'],
  [{ ...healthy(), scope_count: -3 }, 'scope_count must be a whole number from 0 up, got -3'],
])('%j: says what is wrong', (body, message) => {
  expect(() => parseHeartbeat(body)).toThrow(message)
})

test('several mistakes are named at once', () => {
  expect(() => parseHeartbeat({ ...healthy(), error_rate: 2, current_task: null })).toThrow(
    'error_rate must be a number from 0 to 1, got 2; current_task must be a string, got null',
  )
})

test('a restart names its scope', () => {
  expect(parseRestart({ scope: 'mcp:fs' })).toEqual({ scope: 'mcp:fs' })
  expect(() => parseRestart({})).toThrow('scope must be a string of 1 to 256 characters, got nothing')
})

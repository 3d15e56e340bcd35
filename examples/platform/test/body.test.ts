import { describe, expect, test } from 'vitest'
import { parseHeartbeat, parseRestart } from '../src/body.ts'
import { completeWedges } from '../src/heartbeat.ts'
import { healthy, wedged } from './bodies.ts'

const heartbeatOf = (body: unknown) => parseHeartbeat(body).heartbeat
const droppedFrom = (body: unknown) => parseHeartbeat(body).dropped
const long = (length: number) => 'x'.repeat(length)

test('the six keys are enough; what may be left out is filled in', () => {
  expect(parseHeartbeat(healthy())).toEqual({
    heartbeat: {
      ...healthy(),
      wedged_count: 0,
      wedged_scopes: [],
      scopes: null,
      scope_count: null,
      unproven_scopes: [],
      leaving: false,
    },
    dropped: [],
  })
  expect(parseHeartbeat({ workspace_id: 'ws' })).toMatchObject({ heartbeat: { error_rate: 0 }, dropped: [] })
})

test('a whole wedged body is taken as it is', () => {
  const body = {
    ...wedged(['mcp:fs', 'no answer', 17], ['__proto__', 'gone', 18]),
    scopes: ['mcp:fs', 'b', 'c'],
    scope_count: 9,
    unproven_scopes: ['c'],
    leaving: true,
  }
  expect(parseHeartbeat(body)).toEqual({ heartbeat: body, dropped: [] })
})

test('unknown fields are not kept, at any depth', () => {
  const body = { ...wedged(['a', 'gone']), colour: 'green', instance_id: 'x', ['__proto__']: { x: 1 } }
  const extra = { ...body, wedged_scopes: [{ ...body.wedged_scopes![0], restart: { status: 'waiting' }, more: 1 }] }
  expect(parseHeartbeat(extra)).toEqual(parseHeartbeat(wedged(['a', 'gone'])))
})

describe('one bad field never costs the beat', () => {
  test.each([
    [{ error_rate: 1.1 }, 'error_rate must be a number from 0 to 1, got 1.1', { error_rate: 0 }],
    [{ error_rate: null }, 'error_rate must be a number from 0 to 1, got null', { error_rate: 0 }],
    [{ error_rate: '0' }, 'error_rate must be a number from 0 to 1, got "0"', { error_rate: 0 }],
    [{ error_rate: Infinity }, 'error_rate must be a number from 0 to 1, got Infinity', { error_rate: 0 }],
    [{ active_tasks: -1 }, 'active_tasks must be a whole number from 0 up, got -1', { active_tasks: 0 }],
    [{ active_tasks: 1.5 }, 'active_tasks must be a whole number from 0 up, got 1.5', { active_tasks: 0 }],
    [{ active_tasks: Infinity }, 'active_tasks must be a whole number from 0 up, got Infinity', { active_tasks: 0 }],
    [{ current_task: 7 }, 'current_task must be a string of at most 1024 characters, got 7', { current_task: '' }],
    [{ uptime_seconds: -0.5 }, 'uptime_seconds must be a number from 0 up, got -0.5', { uptime_seconds: 0 }],
    [{ uptime_seconds: Infinity }, 'uptime_seconds must be a number from 0 up, got Infinity', { uptime_seconds: 0 }],
    [{ runtime_state: 'fine' }, 'runtime_state must be "wedged", got "fine"', {}],
    [{ wedged_count: '1' }, 'wedged_count must be a whole number from 0 up, got "1"', { wedged_count: 0 }],
    [{ wedged_scopes: {} }, 'wedged_scopes must be an array, got an object', { wedged_scopes: [] }],
    [{ scopes: 'a' }, 'scopes must be an array, got "a"', { scopes: null, scope_count: null }],
    [{ scopes: ['a', ''] }, 'scopes[1] must be a string of 1 to 256 characters, got ""', { scopes: ['a'] }],
    [{ scopes: ['a', 5] }, 'scopes[1] must be a string of 1 to 256 characters, got 5', { scopes: ['a'] }],
    [{ scopes: ['a', 'a'] }, 'scopes[1] must be different from the entries before it, got "a"', { scopes: ['a'] }],
    [{ scope_count: -3 }, 'scope_count must be a whole number from 0 up, got -3', { scope_count: null }],
    [{ unproven_scopes: 'a' }, 'unproven_scopes must be an array, got "a"', { unproven_scopes: [] }],
    [{ leaving: 'yes' }, 'leaving must be true or false, got "yes"', { leaving: false }],
  ])('%j is left out, and named', (fields, sentence, kept) => {
    const { heartbeat, dropped } = parseHeartbeat({ ...healthy(), ...fields })
    expect(dropped).toEqual([sentence])
    expect(heartbeat).toMatchObject({ workspace_id: 'ws', ...kept })
    expect(heartbeat.runtime_state).toBeUndefined()
  })

  test('a value that is nested 30,000 deep is named by its kind', () => {
    const nested = JSON.parse('['.repeat(30_000) + ']'.repeat(30_000))
    expect(droppedFrom({ ...healthy(), sample_error: nested, active_tasks: { a: nested } })).toEqual([
      'sample_error must be a string of at most 1024 characters, got an array of 1',
      'active_tasks must be a whole number from 0 up, got an object',
    ])
  })

  test('a text that is too long is cut, never through a surrogate pair', () => {
    const { heartbeat, dropped } = parseHeartbeat({ ...healthy(), current_task: `${long(1_022)}\u{1f600}${long(9)}` })
    expect(heartbeat.current_task).toBe(`${long(1_022)}…`)
    expect(dropped).toEqual([
      `current_task must be a string of at most 1024 characters, got "${long(60)}"… of 1033 characters`,
    ])
    expect(heartbeatOf({ ...healthy(), sample_error: long(1_024) }).sample_error).toBe(long(1_024))
  })

  test('a body that breaks thousands of rules gets a short answer', () => {
    const dropped = droppedFrom({ ...healthy(), scopes: Array(5_000).fill('') })
    expect(dropped).toHaveLength(11)
    expect(dropped.at(-1)).toBe('and 4990 more')
  })
})

describe('no bad field loses the wedge', () => {
  const wedge = { scope: 'mcp:fs', reason: 'gone', since: 17 }
  const reading = (...wedged_scopes: unknown[]) =>
    parseHeartbeat({ ...healthy({ sample_error: 'gone' }), runtime_state: 'wedged', wedged_scopes })

  test.each([1.5, -1, 9e15, 1.7e15, Infinity, null, '17', {}])('a since of %j', since => {
    const { heartbeat, dropped } = reading({ ...wedge, since })
    expect(heartbeat).toMatchObject({ runtime_state: 'wedged', wedged_count: 1 })
    expect(dropped).toEqual([
      expect.stringMatching(
        /^wedged_scopes\[0\]\.since must be whole epoch milliseconds from 0 to the year 9999, got /,
      ),
    ])
    const first = completeWedges(heartbeat, undefined, 1_000)
    expect(first.wedged_scopes).toEqual([{ ...wedge, since: 1_000 }])
    expect(completeWedges(heartbeat, first, 2_000), 'it began when it was first heard of').toEqual(first)
  })

  test.each(['', null, 7, undefined])('a scope of %j', scope => {
    const { heartbeat, dropped } = reading({ ...wedge, scope }, { ...wedge, since: 18 })
    expect(heartbeat).toMatchObject({
      runtime_state: 'wedged',
      wedged_count: 2,
      wedged_scopes: [
        { scope: '(unnamed)', reason: 'gone', since: 17 },
        { scope: 'mcp:fs', reason: 'gone', since: 18 },
      ],
    })
    expect(dropped).toHaveLength(scope === undefined ? 0 : 1)
  })

  test.each(['', null, 7, undefined])('a reason of %j', reason => {
    expect(reading({ ...wedge, reason }).heartbeat.wedged_scopes).toEqual([{ ...wedge, reason: 'no reason given' }])
  })

  test('a scope that is named twice: the first one counts', () => {
    const { heartbeat, dropped } = reading(wedge, { ...wedge, reason: 'other' }, { ...wedge, scope: 'b' })
    expect(heartbeat).toMatchObject({ wedged_count: 2, wedged_scopes: [wedge, { ...wedge, scope: 'b' }] })
    expect(dropped).toEqual(['wedged_scopes[1] must be different from the entries before it, got "mcp:fs"'])
  })

  test('a list that is too long: its tail is counted, not kept', () => {
    const { heartbeat, dropped } = reading(...Array.from({ length: 500 }, (_, i) => ({ ...wedge, scope: `s${i}` })))
    expect(heartbeat.wedged_scopes).toHaveLength(200)
    expect(heartbeat.wedged_count).toBe(500)
    expect(dropped).toEqual(['wedged_scopes must be an array of at most 200 entries, got an array of 500'])
  })

  test.each([[[null]], [[]], [5], [{}], [null]])('a list that is %j: the wedge is one of the scope default', list => {
    const { heartbeat } = parseHeartbeat({
      ...healthy({ sample_error: 'gone' }),
      runtime_state: 'wedged',
      wedged_scopes: list,
    })
    expect(completeWedges(heartbeat, undefined, 1_000)).toMatchObject({
      wedged_count: 1,
      wedged_scopes: [{ scope: 'default', reason: 'gone', since: 1_000 }],
    })
  })

  test.each([undefined, 'WEDGED', 7])('a runtime_state of %j beside wedges', runtime_state => {
    const { heartbeat, dropped } = parseHeartbeat({ ...wedged(['a', 'gone']), runtime_state })
    expect(heartbeat.runtime_state).toBe('wedged')
    expect(dropped).toEqual([expect.stringMatching(/^runtime_state must be "wedged".*, got /)])
  })
})

describe('a body without a usable workspace_id is refused', () => {
  const rule =
    'workspace_id must be a string of 1 to 256 characters, other than "." and "..", without half a surrogate pair'

  test.each([
    [null, 'the body must be a JSON object, got null'],
    ['x', 'the body must be a JSON object, got "x"'],
    [[healthy()], 'the body must be a JSON object, got an array of 1'],
    [{ ...healthy(), workspace_id: undefined }, `${rule}, got nothing`],
    [{ ...healthy(), workspace_id: ['ws'] }, `${rule}, got an array of 1`],
    [healthy({ workspace_id: '' }), `${rule}, got ""`],
    [healthy({ workspace_id: long(257) }), `${rule}, got "${long(60)}"… of 257 characters`],
    [healthy({ workspace_id: '.' }), `${rule}, got "."`],
    [healthy({ workspace_id: '..' }), `${rule}, got ".."`],
    [healthy({ workspace_id: 'a\ud83d' }), `${rule}, got "a\\ud83d"`],
  ])('%j', (body, message) => {
    expect(() => parseHeartbeat(body)).toThrow(message)
  })
})

test('a restart names its scope', () => {
  expect(parseRestart({ scope: 'mcp:fs' })).toEqual({ scope: 'mcp:fs' })
  expect(() => parseRestart({})).toThrow('scope must be a string of 1 to 256 characters, got nothing')
  expect(() => parseRestart({ scope: long(257) })).toThrow(`got "${long(60)}"… of 257 characters`)
})

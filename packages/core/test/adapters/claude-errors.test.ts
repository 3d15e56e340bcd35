import type { WedgeState } from '@runtime-wedge/core'
import { guardClaude } from '@runtime-wedge/core/adapters/claude-agent'
import { describe, expect, test } from 'vitest'
import { failure, init, newState, pass, scriptedSdk, success, text, useFakeTime } from './claude-support.ts'
import { MINUTE, session } from './claude-turns-support.ts'

useFakeTime()

describe('the end of a query', () => {
  /** A one-shot query that is read to its end; one suspect is a wedge. */
  const oneShot = async (...said: (object | Error | undefined)[]): Promise<WedgeState> => {
    const { state, query } = session({ suspectLimit: 1 }, undefined, 'Hello')
    await query.say(...said, undefined)
    return state
  }

  test('after its result says nothing', async () => {
    expect((await oneShot(init, success)).isWedged()).toBe(false)
    expect((await oneShot(init, { ...success, is_error: true })).isWedged()).toBe(false)
    const exit = new Error('Claude Code process exited with code 1')
    expect((await oneShot(init, success, exit)).isWedged()).toBe(false)
  })

  test('without a result, or without anything, is a suspect', async () => {
    for (const said of [[], [init, text]]) {
      const state = await oneShot(...said)
      expect(state.reason()).toBe('stream: the stream ended without a message — restart claude:1')
    }
  })

  test('that the host wants says nothing, in the middle of a turn too', async () => {
    const { state, query } = session({ suspectLimit: 1 }, undefined, 'Hello')
    await query.say(init, text)
    query.close()
    await pass(0)
    expect(state.isWedged()).toBe(false)
  })

  test('of a session whose prompts go on is a wedge once it has begun, before that a suspect', async () => {
    const begun = session()
    await begun.query.say(init, undefined)
    expect(begun.state.reason()).toBe('the session ended — restart claude:1')
    const empty = session()
    empty.prompts.push()
    await empty.query.say(undefined)
    expect(empty.state.isWedged()).toBe(false)
  })

  test('of a session whose prompts have ended is judged as the end of its last turn', async () => {
    const { state, prompts, query } = session({ suspectLimit: 1 })
    prompts.push()
    await query.say(init, success)
    prompts.push()
    prompts.end()
    await query.say(init, new Error('Claude Code process exited with code 1'))
    expect(state.isWedged()).toBe(true)
  })

  test('at a deadline marks once', async () => {
    const { state, prompts, query } = session({ idleMs: MINUTE })
    prompts.push()
    await query.say(init)
    await pass(MINUTE)
    expect(state.reason()).toBe('no further message within 60000 ms — restart claude:1')
    expect(state.marks).toBe(1)
  })
})

describe('a failure of the account', () => {
  const failing = (error: string | undefined, result: string, is_error = true): object[] => [
    { ...text, error },
    { ...success, is_error, result },
  ]

  test.each<[string | undefined, string]>([
    ['authentication_failed', 'Unauthorized'],
    ['oauth_org_not_allowed', 'Not for this organization'],
    ['account_on_hold', 'On hold'],
    ['verification_required', 'Verify first'],
    ['cloud_credential_error', 'No AWS profile'],
    ['billing_error', 'Payment required'],
    [undefined, 'API Error: 401 {"type":"error","error":{"type":"authentication_error"}}'],
    [undefined, 'API Error: 402 {"type":"error","error":{"type":"billing_error"}}'],
    [undefined, 'Invalid API key · Fix external API key'],
    [undefined, 'Not logged in · Please run /login'],
    [undefined, 'Credit balance is too low'],
  ])('marks at once, and only a success clears it (%s): %s', async (code, words) => {
    const { state, prompts, query } = session()
    prompts.push()
    await query.say(...failing(code, words))
    expect(state.reason()).toBe(`${words} — check the account of claude:1`)
    expect(state.cause).toEqual(new Error(words))
    prompts.push()
    await query.say(...failing('rate_limit', 'Slow down'), init)
    expect(state.isWedged()).toBe(true)
    await query.say(text, success)
    prompts.push()
    await query.say(text, success)
    expect(state.isWedged()).toBe(false)
    query.close()
  })

  test.each<[string | undefined, string, boolean]>([
    ['rate_limit', 'Your credit balance allows no more per minute', true],
    ['overloaded', 'Overloaded', true],
    ['server_error', 'API Error: 500', true],
    [undefined, "API Error: 429 This request would exceed your account's rate limit", true],
    [undefined, 'To sign in, run /login with your API key', false],
    [undefined, 'API Error: unable to verify the first certificate', true],
    [undefined, 'Could not verify checksum of left-pad@1.3.0', true],
    [undefined, 'git: credential helper exited with 1', true],
    [undefined, 'TypeError: account_id is not a number, oauth_token neither', true],
    [undefined, 'The weather service wants an API key', true],
    [undefined, 'GET /login answered 404', true],
    [undefined, 'The weather tool says: API Error: 401, please run /login', true],
    ['unknown', 'Invalid API key', true],
    ['not_the_account_on_hold', 'On hold', true],
  ])('is not told by %s: %s', async (code, words, isError) => {
    const { state, prompts, query } = session()
    prompts.push()
    await query.say(...failing(code, words, isError))
    expect(state.isWedged()).toBe(false)
    query.close()
  })
})

test('a failure of the account in one turn says nothing of the next', async () => {
  const { state, prompts, query } = session()
  prompts.push()
  await query.say({ ...text, error: 'billing_error' }, { ...success, is_error: true, result: 'Payment required' })
  expect(state.isWedged()).toBe(true)
  state.clear()
  prompts.push()
  await query.say(init, { ...success, is_error: true, result: 'Reached maximum number of turns (3)' })
  expect(state.isWedged()).toBe(false)
  query.close()
})

describe('what errors mean', () => {
  const errors: [string, object, string, string, string][] = [
    // name, error, before the first message, in the middle of a one-shot query, in a session
    ['exit', { errorClass: 'process_exited_nonzero', message: 'reworded' }, 'wedge', 'suspect', 'wedge'],
    ['exit, before 0.3', { message: 'Claude Code process exited with code 1' }, 'wedge', 'suspect', 'wedge'],
    ['signal', { errorClass: 'process_killed_by_signal', message: '' }, 'wedge', 'suspect', 'wedge'],
    [
      'signal, before 0.3',
      { message: 'Claude Code process terminated by signal SIGKILL' },
      'wedge',
      'suspect',
      'wedge',
    ],
    ['absent', { errorClass: 'executable_not_found', message: '' }, 'wedge', 'suspect', 'wedge'],
    ['absent, before 0.3', { message: 'Claude Code executable not found at /x' }, 'wedge', 'suspect', 'wedge'],
    ['no binary', { message: 'Native CLI binary for linux-x64 not found.' }, 'wedge', 'suspect', 'wedge'],
    ['spawn', { errorClass: 'spawn_failed', message: '' }, 'wedge', 'suspect', 'wedge'],
    ['spawn, before 0.3', { message: 'Failed to spawn Claude Code process: EACCES' }, 'wedge', 'suspect', 'wedge'],
    ['closed', { message: 'Query closed before response received' }, 'wedge', 'suspect', 'wedge'],
    ['not ready', { message: 'ProcessTransport is not ready for writing' }, 'wedge', 'suspect', 'wedge'],
    ['cannot write', { message: 'Cannot write to terminated process' }, 'wedge', 'suspect', 'wedge'],
    [
      'refused',
      { errorClass: 'error_result', message: 'Claude Code returned an error result: 529' },
      'alive',
      'alive',
      'wedge',
    ],
    [
      'cannot start',
      { errorClass: 'error_result', message: '', startupFailureReason: 'cwd_unavailable' },
      'wedge',
      'wedge',
      'wedge',
    ],
    ['abort', { errorClass: 'aborted', message: 'Claude Code process aborted by user' }, 'ignore', 'ignore', 'ignore'],
    ['abort, before 0.3', { message: 'Operation aborted' }, 'ignore', 'ignore', 'ignore'],
    ['anything else', { message: 'a bug of the host' }, 'alive', 'alive', 'alive'],
    ["the host's own words", { message: 'Failed to fetch the prompt: Query closed' }, 'alive', 'alive', 'alive'],
    ["the host's own native module", { message: 'Native module is missing' }, 'alive', 'alive', 'alive'],
  ]

  const error = (fields: object): Error => Object.assign(new Error(), fields)
  const suspect = { before: [init], error: error({ errorClass: 'process_exited_nonzero' }) }

  /** Whether one-shot queries that end like this, one after the other, are a wedge. */
  const isWedge = async (...ends: { before: object[]; error: Error }[]): Promise<boolean> => {
    const state = newState()
    const { query } = guardClaude(scriptedSdk, state)
    for (const end of ends) {
      const scripted = query({ prompt: 'Hello' })
      void scripted.say(...end.before, end.error)
      for (const _ of end.before) await scripted.next()
      expect(await failure(scripted.next())).toBe(end.error)
    }
    return state.isWedged()
  }

  const verdict = async (fields: object, before: object[]): Promise<string> => {
    const end = { before, error: error(fields) }
    if (await isWedge(end)) return 'wedge'
    if (await isWedge(end, end)) return 'suspect'
    return (await isWedge(suspect, end, suspect)) ? 'ignore' : 'alive'
  }

  test.each(errors)('%s', async (_, fields, first, later, inSession) => {
    expect(await verdict(fields, [])).toBe(first)
    expect(await verdict(fields, [init])).toBe(later)
    const { state, prompts, query } = session()
    prompts.push()
    await query.say(init, error(fields))
    expect(state.isWedged()).toBe(inSession === 'wedge')
  })
})

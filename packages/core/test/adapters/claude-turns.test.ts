import type { WedgeState } from '@runtime-wedge/core'
import { type ClaudeGuardOptions, guardClaude } from '@runtime-wedge/core/adapters/claude-agent'
import { describe, expect, test, vi } from 'vitest'
import {
  failure,
  init,
  newState,
  type Params,
  Prompts,
  pass,
  type Scripted,
  scriptedSdk,
  success,
  text,
  toolResult,
  toolUse,
  useFakeTime,
  user,
} from './claude-support.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

useFakeTime()

/** A session whose query is read all the time. */
interface Session {
  readonly state: WedgeState
  readonly prompts: Prompts
  /** The one that the SDK has made. */
  readonly query: Scripted
  /** What the reader has read, an error that it got included. */
  readonly read: unknown[]
}

function session(options: ClaudeGuardOptions = {}, own?: Params['options'], prompt?: string): Session {
  const state = newState()
  const prompts = new Prompts()
  const guarded = guardClaude(scriptedSdk, state, options)
  const query = guarded.query({ prompt: prompt ?? prompts, ...(own && { options: own }) })
  const read: unknown[] = []
  const reading = async (): Promise<void> => {
    for await (const message of query) read.push(message)
  }
  reading().catch(error => read.push(error))
  return { state, prompts, query, read }
}

const deferred = (): { promise: Promise<unknown>; resolve: (value?: unknown) => void } => {
  let resolve!: (value?: unknown) => void
  const promise = new Promise(yes => {
    resolve = yes
  })
  return { promise, resolve }
}

describe('turns', () => {
  test('a session that waits an hour for its first or its next prompt is not wedged; a silent turn is a wedge', async () => {
    const { state, prompts, query, read } = session()
    await pass(HOUR)
    prompts.push()
    await query.say(init, text, success)
    await pass(HOUR)
    expect(state.isWedged()).toBe(false)
    prompts.push()
    await pass(120_000 - 1)
    expect(state.isWedged()).toBe(false)
    await pass(1)
    expect(state.reason()).toBe('no first message within 120000 ms — restart claude:1')
    expect(read.at(-1)).toMatchObject({ name: 'WedgeDeadlineError', phase: 'stream' })
    expect(query.closed).toBe(true)
  })

  test('an answered turn clears what was marked before it began, not what was marked meanwhile', async () => {
    const { state, prompts, query } = session()
    state.mark('before')
    prompts.push()
    await query.say(init)
    expect(state.reason()).toBe('before')
    await query.say(text, success)
    expect(state.isWedged()).toBe(false)
    prompts.push()
    await query.say(init)
    state.mark('meanwhile')
    await query.say(success)
    expect(state.reason()).toBe('meanwhile')
    query.close()
  })

  test.each<[string, object]>([
    ['an error', { ...success, is_error: true }],
    ['an error of the run', { ...success, subtype: 'error_during_execution' }],
    ['a local command, in which no model had a part', { ...success, num_turns: 0, result: '' }],
  ])('a result that is %s ends the turn, and clears nothing', async (_, result) => {
    const { state, prompts, query } = session()
    state.mark('earlier')
    prompts.push()
    await query.say(init, result)
    await pass(HOUR)
    expect(state.reason()).toBe('earlier')
    expect(query.closed).toBe(false)
    query.close()
  })

  test('two prompts at once are two turns, where Claude Code does not tell of its queue', async () => {
    const { state, prompts, query } = session()
    prompts.push()
    prompts.push()
    await query.say(init, text, success)
    await pass(119_999)
    expect(state.isWedged()).toBe(false)
    await pass(1)
    expect(state.isWedged()).toBe(true)
  })

  test('prompts at once are as many turns as Claude Code tells: those in its queue, not those in the turn that ended', async () => {
    const { state, prompts, query } = session()
    prompts.push()
    prompts.push()
    prompts.push()
    await query.say(init, text, { ...success, queued_turn_count: 2 }, init, { ...success, queued_turn_count: 0 })
    await pass(HOUR)
    expect(state.isWedged()).toBe(false)
    prompts.push()
    prompts.push()
    await query.say(init, { ...success, queued_turn_count: 1 })
    await pass(120_000)
    expect(state.isWedged()).toBe(true)
  })

  test('a result that no prompt asked for leaves the session at rest, and takes no turn away', async () => {
    const { state, prompts, query } = session()
    await query.say(init, success)
    await pass(HOUR)
    expect(state.isWedged()).toBe(false)
    prompts.push()
    await pass(120_000)
    expect(state.reason()).toContain('no first message')
  })

  test('a message that asks for no answer begins no turn', async () => {
    const { state, prompts, query } = session()
    prompts.push({ ...user(), shouldQuery: false })
    await pass(HOUR)
    expect(query.taken).toHaveLength(1)
    expect(state.isWedged()).toBe(false)
    query.close()
  })

  test('a prompt during a turn does not start its deadline again', async () => {
    const { state, prompts } = session()
    prompts.push()
    await pass(100_000)
    prompts.push()
    await pass(20_000)
    expect(state.isWedged()).toBe(true)
  })

  test('a turn of its own accord is watched while it runs', async () => {
    const { state, prompts, query } = session({ idleMs: MINUTE })
    prompts.push()
    await query.say(init, success)
    await pass(HOUR)
    await query.say(text)
    await pass(MINUTE)
    expect(state.reason()).toContain('no further message within 60000 ms')
  })
})

describe('idleMs', () => {
  test('a tool of twenty minutes is not silence; what follows its result is', async () => {
    const { state, prompts, query } = session({ idleMs: MINUTE })
    prompts.push()
    await query.say(init, toolUse)
    await pass(20 * MINUTE)
    expect(state.isWedged()).toBe(false)
    await query.say(toolResult)
    await pass(MINUTE)
    expect(state.isWedged()).toBe(true)
  })

  test('the tools of a subagent belong to the tool that it runs in', async () => {
    const { state, prompts, query } = session({ idleMs: MINUTE })
    prompts.push()
    await query.say(init, toolUse, {
      ...toolUse,
      parent_tool_use_id: 't1',
      message: { content: [{ type: 'tool_use', id: 't2' }] },
    })
    await pass(HOUR)
    await query.say(toolResult)
    await pass(MINUTE)
    expect(state.isWedged()).toBe(true)
  })

  test('a tool that its turn did not wait for does not hold up a later turn', async () => {
    const { state, prompts, query } = session({ idleMs: MINUTE })
    prompts.push()
    await query.say(init, toolUse, success)
    prompts.push()
    await query.say(init)
    await pass(MINUTE)
    expect(state.isWedged()).toBe(true)
  })

  test('a hook that Claude Code reports is not silence', async () => {
    const { state, prompts, query } = session({ idleMs: MINUTE })
    prompts.push()
    const hook = { type: 'system', hook_id: 'h1' }
    await query.say({ ...hook, subtype: 'hook_started' })
    await pass(10 * MINUTE)
    await query.say({ ...hook, subtype: 'hook_progress' })
    await pass(10 * MINUTE)
    expect(state.isWedged()).toBe(false)
    await query.say({ ...hook, subtype: 'hook_response' })
    await pass(MINUTE)
    expect(state.isWedged()).toBe(true)
  })

  test.each(['canUseTool', 'onElicitation', 'onUserDialog', 'hooks'] as const)(
    'an open request to the host is not silence: %s',
    async name => {
      const answer = deferred()
      const callback = vi.fn(() => answer.promise)
      const own =
        name === 'hooks' ? { hooks: { PreToolUse: [{ matcher: 'Bash', hooks: [callback] }] } } : { [name]: callback }
      const { state, prompts, query } = session({ idleMs: MINUTE }, own)
      prompts.push()
      await query.say(init)
      const seen = query.params.options
      const matcher = seen?.hooks?.PreToolUse?.[0]
      if (name === 'hooks') expect(matcher?.matcher).toBe('Bash')
      const asked = name === 'hooks' ? matcher?.hooks[0]?.('input', 'id') : seen?.[name]?.('input', 'id')
      await pass(HOUR)
      expect(state.isWedged()).toBe(false)
      answer.resolve('answer')
      expect(await asked).toBe('answer')
      expect(callback).toHaveBeenCalledWith('input', 'id')
      await pass(MINUTE)
      expect(state.isWedged()).toBe(true)
    },
  )

  test('a failed callback of the host says nothing; the deadline runs again', async () => {
    const { state, prompts, query } = session(
      { idleMs: MINUTE },
      { canUseTool: () => Promise.reject(new Error('closed')) },
    )
    prompts.push()
    await query.say(init)
    expect(await failure(query.params.options!.canUseTool!())).toEqual(new Error('closed'))
    await pass(MINUTE - 1)
    expect(state.isWedged()).toBe(false)
    await pass(1)
    expect(state.isWedged()).toBe(true)
  })

  test('a query that no one reads is not wedged', async () => {
    const state = newState()
    const { query } = guardClaude(scriptedSdk, state, { idleMs: MINUTE })
    const scripted = query({ prompt: 'Hello' })
    await scripted.say(init, success)
    await scripted.next()
    await pass(HOUR)
    expect(await scripted.next()).toMatchObject({ value: success })
    expect(state.isWedged()).toBe(false)
    scripted.close()
  })
})

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

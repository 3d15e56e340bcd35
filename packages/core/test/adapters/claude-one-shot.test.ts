import type { WedgeState } from '@runtime-wedge/core'
import { type ClaudeGuardOptions, guardClaude, guardClaudeQuery } from '@runtime-wedge/core/adapters/claude-agent'
import { WedgeDeadlineError } from '@runtime-wedge/core/guard'
import { describe, expect, test } from 'vitest'
import {
  ANSWER,
  apiError,
  failure,
  following,
  HASTY,
  init,
  letGo,
  newState,
  PATIENT,
  type Plan,
  Prompts,
  readAll,
  sdk,
  text,
} from './claude-support.ts'

type Ask = (plan: Plan, own?: sdk.Options) => AsyncGenerator<sdk.SDKMessage, void>

/** The ways to make a one-shot query. */
const forms: Record<string, (state: WedgeState, options: ClaudeGuardOptions) => Ask> = {
  'guardClaude, a string'(state, options) {
    const { query } = guardClaude(sdk, state, options)
    return (plan, own) => query({ prompt: 'Hello', options: following(plan, own) })
  },
  'guardClaude, a prompt that ends'(state, options) {
    const { query } = guardClaude(sdk, state, options)
    return (plan, own) => {
      const prompt = new Prompts()
      prompt.push()
      prompt.end()
      return query({ prompt, options: following(plan, own) })
    }
  },
  guardClaudeQuery: (state, options) => (plan, own) => {
    const query = sdk.query({ prompt: 'Hello', options: following(plan, own) })
    return guardClaudeQuery(query, state, { ...options, signal: own?.abortController?.signal })
  },
}

describe.concurrent.each(Object.entries(forms))('a one-shot query: %s', (_, form) => {
  test('an answer clears the wedge that was in force when the query began', async () => {
    const state = newState()
    state.mark('earlier')
    const query = form(state, PATIENT)
    expect(await readAll(query({ turns: [ANSWER] }))).toEqual(['system', 'assistant', 'result'])
    expect(state.isWedged()).toBe(false)
  })

  test('silence is a wedge at the deadline', async () => {
    const state = newState()
    const error = await failure(readAll(form(state, HASTY)({ turns: [[['silence']]] })))
    expect(error).toBeInstanceOf(WedgeDeadlineError)
    expect(error).toMatchObject({ phase: 'stream', deadlineMs: 300, scope: 'claude:1' })
    expect(state.reason()).toBe('no first message within 300 ms — restart claude:1')
  })

  test("a process that fails before its first message is a wedge; the host gets the SDK's error", async () => {
    const state = newState()
    const plan: Plan = {
      start: [
        ['stderr', 'EACCES: permission denied\n'],
        ['exit', 7],
      ],
    }
    const error = await failure(readAll(form(state, PATIENT)(plan, { stderr: letGo })))
    expect(error.message).toContain('Claude Code process exited with code 7')
    expect(state.reason()).toContain('Claude Code process exited with code 7')
    expect(state.reason()).toContain('restart claude:1')
    expect(state.reason()).toContain('EACCES: permission denied')
    expect(state.cause).toBe(error)
  })

  test('a process that is killed, or not there, is a wedge', async () => {
    const killed = newState()
    await failure(readAll(form(killed, PATIENT)({ start: [['kill', 'SIGKILL']] })))
    expect(killed.reason()).toContain('terminated by signal SIGKILL')
    const absent = newState()
    await failure(readAll(form(absent, PATIENT)({}, { pathToClaudeCodeExecutable: '/no/such/claude' })))
    expect(absent.reason()).toContain('not found at /no/such/claude')
  })

  test.each<[string, Plan]>([
    ['without a message', { start: [['exit', 0]] }],
    [
      'in the middle of a turn',
      {
        turns: [
          [
            ['send', init],
            ['send', text],
            ['exit', 1],
          ],
        ],
      },
    ],
  ])('a process that ends %s is a suspect: twice in a row is a wedge', async (_, plan) => {
    const state = newState()
    const query = form(state, PATIENT)
    await readAll(query(plan)).catch(() => {})
    expect(state.isWedged()).toBe(false)
    await readAll(query(plan)).catch(() => {})
    expect(state.isWedged()).toBe(true)
  })

  test('a rate limit never marks, however often it comes', async () => {
    const state = newState()
    const query = form(state, { ...PATIENT, suspectLimit: 1 })
    const words = "This request would exceed your account's rate limit"
    const error = await failure(readAll(query({ turns: [[...apiError('rate_limit', words), ['exit', 1]]] })))
    expect(error.message).toBe(`Claude Code returned an error result: ${words}`)
    expect(state.isWedged()).toBe(false)
  })

  test('a failure of authentication is a wedge that only a success clears', async () => {
    const state = newState()
    const query = form(state, PATIENT)
    await failure(readAll(query({ turns: [[...apiError('authentication_failed', 'Invalid API key'), ['exit', 1]]] })))
    expect(state.reason()).toBe('Invalid API key — check the account of claude:1')
    await failure(readAll(query({ turns: [[...apiError('overloaded', 'Overloaded'), ['exit', 1]]] })))
    expect(state.reason()).toBe('Invalid API key — check the account of claude:1')
    await readAll(query({ turns: [ANSWER] }))
    expect(state.isWedged()).toBe(false)
  })

  test('an abort says nothing, before the process runs or while it runs', async () => {
    const state = newState()
    const query = form(state, { ...PATIENT, suspectLimit: 1 })
    const before = new AbortController()
    before.abort()
    // The SDK throws this at once, or to the reader.
    await (async () => readAll(query({ turns: [ANSWER] }, { abortController: before })))().catch(() => {})
    const during = new AbortController()
    const plan: Plan = { turns: [[['send', init], ['silence']]] }
    const error = await failure(
      (async () => {
        for await (const _ of query(plan, { abortController: during })) during.abort()
      })(),
    )
    expect(error).toBeInstanceOf(sdk.AbortError)
    expect(state.isWedged()).toBe(false)
  })

  test('a reader that leaves says nothing', async () => {
    const state = newState()
    for await (const _ of form(state, { ...PATIENT, suspectLimit: 1 })({
      turns: [
        [
          ['send', init],
          ['exit', 1],
        ],
      ],
    }))
      break
    expect(state.isWedged()).toBe(false)
  })
})

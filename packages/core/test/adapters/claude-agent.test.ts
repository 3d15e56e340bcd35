import type { WedgeState } from '@runtime-wedge/core'
import { type ClaudeGuardOptions, guardClaude, guardClaudeQuery } from '@runtime-wedge/core/adapters/claude-agent'
import { WedgeDeadlineError } from '@runtime-wedge/core/guard'
import { describe, expect, test, vi } from 'vitest'
import {
  ANSWER,
  apiError,
  failure,
  following,
  init,
  letGo,
  newState,
  type Plan,
  Prompts,
  readAll,
  readTurn,
  sdk,
  success,
  text,
  toolResult,
  toolUse,
  user,
} from './claude-support.ts'

/** For what is to answer: long enough for a loaded machine. */
const PATIENT: ClaudeGuardOptions = { firstMessageMs: 30_000, connectDeadlineMs: 30_000 }
/** For what is to be silent. */
const HASTY: ClaudeGuardOptions = { firstMessageMs: 300, connectDeadlineMs: 300 }

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

describe.concurrent('a session', () => {
  const open = (
    plan: Plan,
    options: ClaudeGuardOptions = PATIENT,
    own?: sdk.Options,
  ): { state: WedgeState; prompts: Prompts; query: sdk.Query } => {
    const state = newState()
    const prompts = new Prompts()
    const { query } = guardClaude(sdk, state, options)
    return { state, prompts, query: query({ prompt: prompts, options: following(plan, own) }) }
  }

  test('the first turn answered and the second silent is a wedge; the process is killed', async () => {
    let pid = ''
    const plan: Plan = { turns: [[['pid'], ...ANSWER], [['silence']]] }
    const { state, prompts, query } = open(plan, { firstMessageMs: 2_000 }, { stderr: data => (pid += data) })
    prompts.push()
    expect(await readTurn(query)).toEqual(['system', 'assistant', 'result'])
    prompts.push()
    const error = await failure(readTurn(query))
    expect(error).toBeInstanceOf(WedgeDeadlineError)
    expect(state.reason()).toContain('no first message within 2000 ms — restart claude:1')
    await vi.waitFor(() => expect(() => process.kill(Number(pid), 0)).toThrow(), 20_000)
    expect(state.marks).toBe(1)
  })

  test('with idleMs a turn that falls silent later is a wedge', async () => {
    const { state, prompts, query } = open({ turns: [[['send', init], ['silence']]] }, { ...PATIENT, idleMs: 200 })
    prompts.push()
    expect(await failure(readTurn(query))).toMatchObject({ phase: 'idle', deadlineMs: 200 })
    expect(state.reason()).toContain('no further message within 200 ms')
  })

  test('a session that waits for a prompt, a tool, a hook or a permission is not wedged', async () => {
    const slow = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 900))
    const called: string[] = []
    const { state, prompts, query } = open(
      {
        turns: [
          [
            ['hook', 'UserPromptSubmit'],
            ['send', init],
            ['send', toolUse],
            ['request', { subtype: 'can_use_tool', tool_name: 'Bash', input: {}, tool_use_id: 't1' }],
            ['sleep', 900],
            ['send', toolResult],
            ['send', success],
          ],
        ],
      },
      { firstMessageMs: 20_000, idleMs: 500 },
      {
        async canUseTool() {
          called.push('permission')
          await slow()
          return { behavior: 'allow', updatedInput: {} }
        },
        hooks: {
          UserPromptSubmit: [
            {
              hooks: [
                async () => {
                  called.push('hook')
                  await slow()
                  return {}
                },
              ],
            },
          ],
        },
      },
    )
    prompts.push()
    expect(await readTurn(query)).toEqual(['system', 'assistant', 'user', 'result'])
    const next = readTurn(query)
    await slow()
    prompts.push()
    expect(await next).toEqual(['system', 'assistant', 'user', 'result'])
    expect(called).toEqual(['hook', 'permission', 'hook', 'permission'])
    expect(state.isWedged()).toBe(false)
  })

  test.each<[string, Plan, RegExp]>([
    ['fails', { turns: [[...ANSWER, ['exit', 1]]] }, /exited with code 1 — restart claude:1/],
    ['ends', { turns: [[...ANSWER, ['exit', 0]]] }, /^the session ended — restart claude:1/],
    [
      'is refused, and fails',
      { turns: [[...apiError('overloaded', 'Overloaded'), ['exit', 1]]] },
      /Overloaded — restart/,
    ],
  ])('a process that %s between two turns is a wedge', async (_, plan, reason) => {
    const { state, prompts, query } = open(plan)
    prompts.push()
    await readTurn(query)
    expect(state.isWedged()).toBe(false)
    await readTurn(query).catch(() => {})
    expect(state.reason()).toMatch(reason)
  })

  test('a session that the host ends is not wedged, whatever its process makes of that', async () => {
    for (const end of [
      ({ query }: ReturnType<typeof open>) => query.close(),
      ({ query }: ReturnType<typeof open>) => query[Symbol.asyncDispose](),
      ({ query }: ReturnType<typeof open>) => query.return(),
      ({ prompts }: ReturnType<typeof open>) => prompts.end(),
    ]) {
      const session = open({ turns: [ANSWER] }, { ...PATIENT, suspectLimit: 1 })
      session.prompts.push()
      await readTurn(session.query)
      const reading = readTurn(session.query)
      await end(session)
      expect(await reading).toEqual([])
      expect(session.state.isWedged()).toBe(false)
    }
  })

  test('a process that no longer listens is a wedge, for the reason that the SDK gives its own abort', async () => {
    const { state, prompts, query } = open({ turns: [[...ANSWER, ['closeStdin'], ['silence']]] })
    prompts.push()
    await readTurn(query)
    const reading = failure(readTurn(query))
    const pushing = setInterval(() => prompts.push(), 50)
    expect(await reading).toBeInstanceOf(sdk.AbortError)
    clearInterval(pushing)
    expect(state.reason()).toContain('ProcessTransport is not ready for writing — restart claude:1')
  })

  test("the host's own prompts that throw say nothing about Claude Code", async () => {
    const state = newState()
    const { query } = guardClaude(sdk, state, { ...PATIENT, suspectLimit: 1 })
    const prompt = (async function* () {
      yield user()
      throw new Error('the database is gone')
    })()
    const error = await failure(readAll(query({ prompt, options: following({ turns: [[['silence']]] }) })))
    expect(error).toBeInstanceOf(sdk.AbortError)
    expect(state.isWedged()).toBe(false)
  })

  test("the SDK's other methods work, and a prompt of streamInput begins a turn too", async () => {
    const { state, prompts, query } = open({ turns: [ANSWER, ANSWER, [['silence']]] }, { firstMessageMs: 2_000 })
    expect(await query.supportedCommands()).toEqual([])
    await query.setModel('opus')
    await query.interrupt()
    prompts.push()
    await readTurn(query)
    const more = new Prompts()
    void query.streamInput(more).catch(() => {})
    more.push()
    await readTurn(query)
    more.push()
    expect(await failure(readTurn(query))).toBeInstanceOf(WedgeDeadlineError)
    expect(state.isWedged()).toBe(true)
  })
})

describe.concurrent('startup', () => {
  test('gives the WarmQuery of the SDK, whose query is guarded', async () => {
    const state = newState()
    const { startup } = guardClaude(sdk, state, { ...PATIENT, firstMessageMs: 2_000 })
    const warm = await startup({ options: following({ turns: [ANSWER, [['silence']]] }) })
    state.mark('earlier')
    const prompts = new Prompts()
    const query = warm.query(prompts)
    prompts.push()
    await readTurn(query)
    expect(state.isWedged()).toBe(false)
    prompts.push()
    expect(await failure(readTurn(query))).toBeInstanceOf(WedgeDeadlineError)
    expect(state.isWedged()).toBe(true)
  })

  test('alone clears nothing; thrown away it does not mark', async () => {
    const state = newState()
    state.mark('earlier')
    const { startup } = guardClaude(sdk, state, PATIENT)
    const warm = await startup({ options: following({ turns: [ANSWER] }) })
    expect(state.reason()).toBe('earlier')
    state.clear()
    await warm[Symbol.asyncDispose]()
    expect(state.isWedged()).toBe(false)
  })

  test('that is silent is a wedge, by the deadline of either side', async () => {
    const state = newState()
    const { startup } = guardClaude(sdk, state, HASTY)
    const options = following({ start: [['silence']] })
    expect(await failure(startup({ options }))).toMatchObject({ name: 'WedgeDeadlineError', phase: 'connect' })
    expect(state.reason()).toBe('no answer to connect within 300 ms — restart claude:1')
    const other = newState()
    const error = await failure(guardClaude(sdk, other).startup({ options, initializeTimeoutMs: 300 }))
    expect(error).toMatchObject({ errorClass: 'initialize_timeout' })
    expect(other.reason()).toContain('Subprocess initialization did not complete within 300ms')
  })

  test.each<[string, Plan, RegExp]>([
    ['ends', { start: [['exit', 0]] }, /^connect: Query closed before response received — restart claude:1/],
    [
      'fails',
      {
        start: [
          ['stderr', 'no config'],
          ['exit', 3],
        ],
      },
      /exited with code 3 — restart claude:1 — stderr: no config/,
    ],
    [
      'cannot start, and says so',
      {
        start: [
          [
            'send',
            {
              type: 'result',
              subtype: 'error_during_execution',
              is_error: true,
              errors: ['cwd is gone'],
              startup_failure_reason: 'cwd_unavailable',
            },
          ],
          ['exit', 1],
        ],
      },
      /cwd is gone — restart/,
    ],
  ])('whose process %s is a wedge', async (_, plan, reason) => {
    const state = newState()
    const { startup } = guardClaude(sdk, state, PATIENT)
    await failure(startup({ options: following(plan, { stderr: letGo }) }))
    expect(state.reason()).toMatch(reason)
  })

  test('that the host aborts says nothing', async () => {
    const state = newState()
    const abortController = new AbortController()
    const { startup } = guardClaude(sdk, state, PATIENT)
    const starting = failure(startup({ options: following({ start: [['silence']] }, { abortController }) }))
    abortController.abort()
    await starting
    expect(state.isWedged()).toBe(false)
  })
})

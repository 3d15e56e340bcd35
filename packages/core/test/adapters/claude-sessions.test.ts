import type { WedgeState } from '@runtime-wedge/core'
import { type ClaudeGuardOptions, guardClaude } from '@runtime-wedge/core/adapters/claude-agent'
import { WedgeDeadlineError } from '@runtime-wedge/core/guard'
import { describe, expect, test, vi } from 'vitest'
import {
  ANSWER,
  apiError,
  failure,
  following,
  init,
  newState,
  PATIENT,
  type Plan,
  Prompts,
  readAll,
  readTurn,
  sdk,
  success,
  toolResult,
  toolUse,
  user,
} from './claude-support.ts'

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

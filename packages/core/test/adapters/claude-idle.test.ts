import { guardClaude } from '@runtime-wedge/core/adapters/claude-agent'
import { describe, expect, test, vi } from 'vitest'
import {
  failure,
  init,
  newState,
  pass,
  scriptedSdk,
  success,
  toolResult,
  toolUse,
  useFakeTime,
} from './claude-support.ts'
import { HOUR, MINUTE, session } from './claude-turns-support.ts'

useFakeTime()

const deferred = (): { promise: Promise<unknown>; resolve: (value?: unknown) => void } => {
  let resolve!: (value?: unknown) => void
  const promise = new Promise(yes => {
    resolve = yes
  })
  return { promise, resolve }
}

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

  test('two open requests to the host are not silence until both have been answered', async () => {
    const answers = [deferred(), deferred()]
    const callback = vi.fn().mockReturnValueOnce(answers[0]!.promise).mockReturnValueOnce(answers[1]!.promise)
    const { state, prompts, query } = session({ idleMs: MINUTE }, { canUseTool: callback })
    prompts.push()
    await query.say(init)
    const asked = answers.map(() => query.params.options?.canUseTool?.())
    answers[1]!.resolve()
    await asked[1]
    await pass(HOUR)
    expect(state.isWedged()).toBe(false)
    answers[0]!.resolve()
    await asked[0]
    await pass(MINUTE)
    expect(state.isWedged()).toBe(true)
  })

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

import { guardClaude } from '@runtime-wedge/core/adapters/claude-agent'
import { describe, expect, test, vi } from 'vitest'
import {
  failure,
  init,
  newState,
  pass,
  scriptedSdk,
  success,
  text,
  toolResult,
  toolUse,
  useFakeTime,
  user,
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

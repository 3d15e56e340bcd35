import { describe, expect, test } from 'vitest'
import { init, pass, success, text, useFakeTime, user } from './claude-support.ts'
import { HOUR, MINUTE, session } from './claude-turns-support.ts'

useFakeTime()

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

import { guardClaude } from '@runtime-wedge/core/adapters/claude-agent'
import { describe, expect, test } from 'vitest'
import { failure, newState, pass, scriptedSdk, useFakeTime } from './claude-support.ts'

useFakeTime()

const gone = (): Error => new Error('Claude Code process exited with code 1')

describe('close', () => {
  const ends: [string, (guarded: { close(): void; [Symbol.dispose](): void }) => void][] = [
    ['close()', guarded => guarded.close()],
    ['Symbol.dispose', guarded => guarded[Symbol.dispose]()],
    ['guarding for the same state again', () => {}],
  ]
  test.each(ends)('%s: neither what is under way nor what comes later changes the state', async (name, end) => {
    const state = newState()
    const guarded = guardClaude(
      { ...scriptedSdk, startup: (_: object) => new Promise<never>((_, reject) => setTimeout(reject, 10)) },
      state,
    )
    const running = guarded.query({ prompt: 'Hello' })
    const starting = failure(guarded.startup({}))
    if (name.startsWith('guarding')) guardClaude(scriptedSdk, state)
    end(guarded)
    end(guarded)
    const failing = failure(running.next())
    await running.say(gone())
    await failing
    await pass(10)
    await starting
    const later = guarded.query({ prompt: 'Hello' })
    const failingLater = failure(later.next())
    await later.say(gone())
    await failingLater
    await failure(Promise.all([guarded.startup({}), pass(10)]))
    expect(state.isWedged()).toBe(false)
  })

  test('guarding the guarded functions again: the new guard judges, alone', async () => {
    const [state, other] = [newState(), newState()]
    const guarded = guardClaude(guardClaude(scriptedSdk, state), other)
    const query = guarded.query({ prompt: 'Hello' })
    const reading = failure(query.next())
    await pass(120_000)
    await reading
    expect([state.isWedged(), other.isWedged()]).toEqual([false, true])
  })

  test('the same SDK serves several scopes', async () => {
    const [state, other] = [newState(), newState()]
    const { query } = guardClaude(scriptedSdk, state)
    guardClaude(scriptedSdk, other)
    const scripted = query({ prompt: 'Hello' })
    void scripted.say(gone())
    await failure(scripted.next())
    expect([state.isWedged(), other.isWedged()]).toEqual([true, false])
  })

  test('bad options leave the former guard at work', async () => {
    const state = newState()
    const { query } = guardClaude(scriptedSdk, state)
    expect(() => guardClaude(scriptedSdk, state, { idleMs: -1 })).toThrow(TypeError)
    const scripted = query({ prompt: 'Hello' })
    void scripted.say(gone())
    await failure(scripted.next())
    expect(state.isWedged()).toBe(true)
  })
})

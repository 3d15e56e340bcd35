import { type ClaudeGuardOptions, guardClaudeQuery } from '@runtime-wedge/core/adapters/claude-agent'
import { describe, expect, test, vi } from 'vitest'
import { failure, init, newState, pass, readAll, Scripted, success, toolUse, useFakeTime } from './claude-support.ts'

const MINUTE = 60_000

useFakeTime()

const gone = (): Error => new Error('Claude Code process exited with code 1')

describe('guardClaudeQuery', () => {
  test('takes the whole query for one turn: silence after its result is a wedge', async () => {
    const state = newState()
    const query = guardClaudeQuery(new Scripted({ prompt: 'Hello' }), state, { idleMs: MINUTE })
    const reading = failure(readAll(query as AsyncIterable<never>))
    await query.say(init, { ...success, queued_turn_count: 0 })
    expect(state.isWedged()).toBe(false)
    await pass(MINUTE)
    await reading
    expect(state.reason()).toBe('no further message within 60000 ms — restart claude:1')
  })

  test('does so whatever Claude Code tells of its queue', async () => {
    const state = newState()
    const query = guardClaudeQuery(new Scripted({ prompt: 'Hello' }), state, { suspectLimit: 1 })
    void query.say(init, { ...success, queued_turn_count: 1 }, undefined)
    await readAll(query as AsyncIterable<never>)
    expect(state.isWedged()).toBe(false)
  })

  test('does not take a tool for silence, which it knows from its message', async () => {
    const state = newState()
    const query = guardClaudeQuery(new Scripted({ prompt: 'Hello' }), state, { idleMs: MINUTE })
    const reading = readAll(query as AsyncIterable<never>)
    await query.say(toolUse)
    await pass(20 * MINUTE)
    await query.say(success, undefined)
    await reading
    expect(state.isWedged()).toBe(false)
  })

  const emptyQuery = async (state: ReturnType<typeof newState>, options: ClaudeGuardOptions): Promise<void> => {
    const query = guardClaudeQuery(new Scripted({ prompt: 'Hello' }), state, options)
    void query.say(undefined)
    await readAll(query as AsyncIterable<never>)
  }

  test('counts the suspects of a state together, unless other options say how', async () => {
    const state = newState()
    await emptyQuery(state, { idleMs: MINUTE })
    await emptyQuery(newState(), { idleMs: MINUTE })
    expect(state.isWedged()).toBe(false)
    await emptyQuery(state, { suspectLimit: 3 })
    expect(state.isWedged()).toBe(false)
    await emptyQuery(state, { suspectLimit: 3 })
    await emptyQuery(state, { suspectLimit: 3 })
    expect(state.reason()).toBe('stream: the stream ended without a message, 3 in a row — restart claude:1')
  })

  test('gives a plain iterable the methods that it lacks', async () => {
    const left = vi.fn()
    const messages = {
      async *[Symbol.asyncIterator]() {
        try {
          yield init
          yield success
        } finally {
          left()
        }
      },
    }
    const query = guardClaudeQuery(messages, newState())
    for await (const message of query) {
      expect(message).toBe(init)
      break
    }
    expect(left).toHaveBeenCalledTimes(1)
    const other = guardClaudeQuery(messages, newState())
    other.close()
    guardClaudeQuery(messages, newState())[Symbol.dispose]()
  })

  test('takes throw() for the end that the host wants', async () => {
    const state = newState()
    const query = guardClaudeQuery(
      (async function* () {
        yield init
      })(),
      state,
      { suspectLimit: 1 },
    )
    await query.next()
    expect(await failure(query.throw(gone()))).toEqual(gone())
    expect(state.isWedged()).toBe(false)
  })

  test('closes the former guard of the same query, for its deadlines', async () => {
    const [state, other] = [newState(), newState()]
    const query = guardClaudeQuery(new Scripted({ prompt: 'Hello' }), state, { firstMessageMs: MINUTE })
    guardClaudeQuery(query, other, { firstMessageMs: 2 * MINUTE })
    const reading = failure(query.next())
    await pass(MINUTE)
    expect(state.isWedged()).toBe(false)
    await pass(MINUTE)
    await reading
    expect([state.isWedged(), other.isWedged()]).toEqual([false, true])
  })

  test('closes the former guard of the same query, for its errors', async () => {
    const [state, other] = [newState(), newState()]
    const query = guardClaudeQuery(new Scripted({ prompt: 'Hello' }), state)
    guardClaudeQuery(query, other)
    void query.say(gone())
    await failure(query.next())
    expect([state.isWedged(), other.isWedged()]).toEqual([false, true])
  })
})

import { type ClaudeGuardOptions, guardClaude, guardClaudeQuery } from '@runtime-wedge/core/adapters/claude-agent'
import { describe, expect, test, vi } from 'vitest'
import {
  failure,
  init,
  newState,
  type Params,
  pass,
  readAll,
  Scripted,
  scriptedSdk,
  success,
  toolUse,
  useFakeTime,
} from './claude-support.ts'

const MINUTE = 60_000

useFakeTime()

const gone = (): Error => new Error('Claude Code process exited with code 1')

describe('bad input is a TypeError where it is set up', () => {
  test.each<[unknown, string]>([
    [undefined, 'got undefined. Pass the SDK, or its { query, startup }.'],
    [{}, 'got undefined.'],
    [{ query: 'query' }, 'got "query".'],
  ])('guardClaude(%j)', (sdk, message) => {
    const make = (): unknown => guardClaude(sdk as typeof scriptedSdk, newState())
    expect(make).toThrow(TypeError)
    expect(make).toThrow(`guardClaude({ query }) needs a function, ${message}`)
  })

  test('guardClaudeQuery, given the function instead of its query', () => {
    const query = scriptedSdk.query as unknown as Scripted
    expect(() => guardClaudeQuery(query, newState())).toThrow(
      new TypeError(
        "guardClaudeQuery(query) needs an async iterable, got a function. Pass what the SDK's query() returned.",
      ),
    )
  })

  test('guardClaudeQuery, given a bad signal', () => {
    const signal = {} as AbortSignal
    expect(() => guardClaudeQuery(new Scripted({ prompt: 'Hello' }), newState(), { signal })).toThrow(
      /^guardClaudeQuery\(\{ signal \}\) needs an AbortSignal, got an object/,
    )
  })

  test.each<[ClaudeGuardOptions]>([
    [{ firstMessageMs: 0 }],
    [{ idleMs: Number.NaN }],
    [{ connectDeadlineMs: -1 }],
    [{ suspectLimit: 0.5 }],
    [{ classify: 'wedge' as never }],
    [{ describe: 1 as never }],
    [{ isSuccess: {} as never }],
  ])('%o', options => {
    const [name] = Object.keys(options)
    expect(() => guardClaude(scriptedSdk, newState(), options)).toThrow(`guardClaude({ ${name} }) needs `)
    const query = new Scripted({ prompt: 'Hello' })
    expect(() => guardClaudeQuery(query, newState(), options)).toThrow(`guardClaudeQuery({ ${name} }) needs `)
  })

  test('without a state', () => {
    expect(() => guardClaude(scriptedSdk, undefined as never)).toThrow(TypeError)
  })
})

describe('what the host has', () => {
  test("is the SDK's own query, with the host's parameters and callbacks", async () => {
    const stderr = vi.fn()
    const abortController = new AbortController()
    const made: Scripted[] = []
    const sdk = {
      query(params: Params) {
        made.push(new Scripted(params))
        return made[0]!
      },
    }
    const options = { stderr, abortController, model: 'opus' }
    const query = guardClaude(sdk, newState()).query({ prompt: 'Hello', options })
    expect(query).toBe(made[0])
    expect(query.params).toMatchObject({ prompt: 'Hello', options: { abortController, model: 'opus' } })
    query.params.options?.stderr?.('a warning')
    expect(stderr).toHaveBeenCalledWith('a warning')
    query.close()
    expect(query.closed).toBe(true)
  })

  test('has no startup where the SDK has none', () => {
    expect(guardClaude(scriptedSdk, newState())).not.toHaveProperty('startup', expect.anything())
  })

  test('a bad abortController is left to the SDK', async () => {
    for (const abortController of [{}, { signal: {} }] as unknown as AbortController[]) {
      const state = newState()
      const query = guardClaude(scriptedSdk, state).query({ prompt: 'Hello', options: { abortController } })
      expect(query.params.options?.abortController).toBe(abortController)
      const failing = failure(query.next())
      await query.say(gone())
      await failing
      expect(state.isWedged()).toBe(true)
    }
  })

  test('a query that throws at once throws it to the host', () => {
    const error = new Error('settings are wrong')
    const state = newState()
    const { query } = guardClaude(
      {
        query(_: Params): Scripted {
          throw error
        },
      },
      state,
    )
    expect(() => query({ prompt: 'Hello' })).toThrow(error)
    expect(state.isWedged()).toBe(false)
  })

  test('the end of stderr is in the reason, as one line, the recovery action first', async () => {
    const state = newState()
    const query = guardClaude(scriptedSdk, state).query({ prompt: 'Hello' })
    query.params.options?.stderr?.(`${'x'.repeat(1_000)}\n  EACCES:\n  no\n`)
    const failing = failure(query.next())
    await query.say(new Error(`Claude Code process exited with code 1. stderr: ${'x'.repeat(500)}`))
    await failing
    expect(state.reason()).toMatch(
      /^stream: Claude Code process exited with code 1 — restart claude:1 — stderr: x+ EACCES: no$/,
    )
    expect(state.reason().length).toBeLessThan(400)
  })

  test("the host's classify and describe go first, its isSuccess instead of the adapter's", async () => {
    const state = newState()
    const { query } = guardClaude(scriptedSdk, state, {
      classify: error => (String(error).includes('mine') ? 'wedge' : undefined),
      describe: (_, { reason }) => (reason.includes('mine') ? `see the manual: ${reason}` : undefined),
      isSuccess: message => (message as { subtype?: string }).subtype === 'init',
    })
    const ended = async (...said: (object | undefined)[]): Promise<void> => {
      const scripted = query({ prompt: 'Hello' })
      void scripted.say(...said)
      await readAll(scripted as AsyncIterable<never>).catch(() => {})
    }
    await ended(new Error('mine'))
    expect(state.reason()).toBe('see the manual: stream: mine — restart claude:1')
    await ended(success, undefined)
    expect(state.isWedged()).toBe(true)
    await ended(init, success, undefined)
    expect(state.isWedged()).toBe(false)
    await ended(gone())
    expect(state.reason()).toBe('stream: Claude Code process exited with code 1 — restart claude:1')
  })

  test('a classify that throws leaves the verdict to the adapter', async () => {
    const state = newState()
    const { query } = guardClaude(scriptedSdk, state, {
      classify() {
        throw new Error('bug')
      },
    })
    const scripted = query({ prompt: 'Hello' })
    void scripted.say(gone())
    await failure(scripted.next())
    expect(state.isWedged()).toBe(true)
  })

  test('options that are undefined have their defaults', async () => {
    const state = newState()
    const { query } = guardClaude(scriptedSdk, state, {
      firstMessageMs: undefined,
      connectDeadlineMs: undefined,
      idleMs: undefined,
      isSuccess: undefined,
      classify: undefined,
      describe: undefined,
      suspectLimit: undefined,
    })
    const reading = failure(query({ prompt: 'Hello' }).next())
    await pass(120_000)
    expect(await reading).toMatchObject({ name: 'WedgeDeadlineError', deadlineMs: 120_000 })
  })
})

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

describe('startup', () => {
  test('that is refused is a wedge', async () => {
    const state = newState()
    const sdk = {
      ...scriptedSdk,
      startup: async (_: object) => Promise.reject(new Error('Claude Code returned an error result: 500')),
    }
    await failure(guardClaude(sdk, state).startup({}))
    expect(state.reason()).toBe('connect: Claude Code returned an error result: 500 — restart claude:1')
  })
})

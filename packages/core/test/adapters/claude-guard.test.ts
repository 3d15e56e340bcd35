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
  useFakeTime,
} from './claude-support.ts'

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

  test("a describe that throws, or gives no string, leaves the adapter's reason", async () => {
    const broken = (): never => {
      throw new Error('bug')
    }
    for (const describe of [broken, () => ({}) as string, () => '']) {
      const state = newState()
      const query = guardClaude(scriptedSdk, state, { describe }).query({ prompt: 'Hello' })
      query.params.options?.stderr?.('EACCES: no')
      const failing = failure(query.next())
      await query.say(gone())
      await failing
      expect(state.reason()).toBe(
        'stream: Claude Code process exited with code 1 — restart claude:1 — stderr: EACCES: no',
      )
    }
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

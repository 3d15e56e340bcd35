import { createGuard, type GuardOptions, type GuardStreamCall, type WedgeGuard } from '../guard/index.ts'
import type { WedgeState } from '../types.ts'
import { type ClaudeOptions, type ClaudeSession, newSession, sessionOf } from './claude-session.ts'
import type {
  ClaudeGuardOptions,
  ClaudeQueryOptions,
  ClaudeSdk,
  GuardedClaude,
  GuardedClaudeQuery,
} from './claude-types.ts'
import { isProof } from './claude-verdict.ts'

export type {
  ClaudeGuardOptions,
  ClaudeQueryOptions,
  ClaudeSdk,
  GuardedClaude,
  GuardedClaudeQuery,
} from './claude-types.ts'

type Foreign = (...args: unknown[]) => unknown
type Result = IteratorResult<unknown, unknown>

interface Query extends AsyncIterable<unknown> {
  close?(): unknown
  return?(value?: unknown): Promise<Result>
  throw?(error?: unknown): Promise<Result>
  [Symbol.asyncDispose]?(): PromiseLike<void>
  streamInput?(messages: unknown): Promise<void>
}

interface WarmQuery {
  query(prompt: unknown): Query
}

interface Params {
  readonly prompt?: unknown
  readonly options?: ClaudeOptions | undefined
}

interface Functions {
  readonly query: (params: Params) => Query
  readonly startup?: (params: Params | undefined) => Promise<WarmQuery>
}

const COUNTED = ['suspectLimit', 'isSuccess', 'firstMessageMs', 'idleMs'] as const

/** Ends the adapter that a state, a guarded function or a guarded query has. */
const formers = new WeakMap<object, () => void>()
/** For queries that are guarded one by one: the count of suspects goes on from one to the next. */
const shared = new WeakMap<WedgeState, readonly [WedgeGuard, GuardOptions]>()

/**
 * Guards the functions of `@anthropic-ai/claude-agent-sdk` for one scope: the host calls what this returns as it calls the
 * SDK's, and gets the SDK's own `Query` and `WarmQuery`, guarded in place, with all their methods, values and errors.
 *
 * A message that the SDK takes out of the prompt begins a turn, a `result` ends it. Wedges are: a turn that begins, or with
 * `idleMs` goes on, in silence; a failed or silent `startup`; a process that is gone in the middle of a session, or before
 * its first message; a failure of authentication or billing. Suspects are: a process that is gone later in a one-shot
 * query, and a query that ends without a result. A rate limit, an overloaded API, any other `is_error` is none. Only a
 * `result` that a model had a part in clears. The end of stderr is added to the reason.
 *
 * Deadlines run only while the host reads the query, and rest between turns and while a tool, a hook or a request to the
 * host (permission, elicitation, dialog) is open. With the defaults a turn that falls silent after its first message stays
 * unseen: set `idleMs`, above the longest thought unless `includePartialMessages` is on. Unseen always: a tool that never
 * returns; a control request (`interrupt()`) that has no answer; the death of a process that nobody reads from, until it
 * is read. A hook of the settings is silence, except with `includeHookEvents`. Never restarts anything; a query whose
 * deadline passed is closed, and the SDK kills its process.
 *
 * One guarded SDK may serve a pool of sessions. Guarding for the same state again, or guarding the guarded functions again,
 * closes the former guard.
 *
 * @throws TypeError for functions, a state or an option that is none
 * @example
 * ```ts
 * import * as sdk from '@anthropic-ai/claude-agent-sdk'
 * import { defaultRegistry } from '@runtime-wedge/core'
 * import { guardClaude } from '@runtime-wedge/core/adapters/claude-agent'
 *
 * const { query } = guardClaude(sdk, defaultRegistry().scope('claude:1'), { idleMs: 300_000 })
 * export const ask = (prompt: string) => query({ prompt }) // the SDK's own Query, guarded
 * ```
 */
export function guardClaude<Sdk extends ClaudeSdk>(
  sdk: Sdk,
  state: WedgeState,
  options: ClaudeGuardOptions = {},
): GuardedClaude<Sdk> {
  const { query, startup } = sdk as unknown as Functions
  need("the SDK's function", query, query)
  const guard = newGuard(state, options)
  const starting = new Set<WedgeGuard>()
  let closed = false
  formers.get(state)?.()
  formers.get(query)?.()

  const close = (): void => {
    closed = true
    guard.close()
    for (const connector of starting) connector.close()
  }
  const guarded = {
    query(params: Params): Query {
      if (closed) return query(params)
      const session = newSession(options, params.options)
      const start = (prompt: unknown): Query => query({ ...params, prompt, options: session.options })
      return guardQuery(guard, session, start, params.prompt)
    },
    startup:
      startup &&
      (async (params?: Params): Promise<WarmQuery> => {
        if (closed) return startup(params)
        const session = newSession(options, params?.options)
        const connector = newGuard(state, options)
        starting.add(connector)
        try {
          const warm = await connector.connect(call => {
            session.attach(call as GuardStreamCall)
            return startup({ ...params, options: session.options })
          }, session)
          const start = warm.query.bind(warm)
          warm.query = prompt => guardQuery(guard, session, start, prompt)
          return warm
        } finally {
          starting.delete(connector)
        }
      }),
    close,
    [Symbol.dispose]: close,
  }
  formers.set(state, close)
  formers.set(guarded.query, close)
  return guarded as unknown as GuardedClaude<Sdk>
}

/**
 * Guards one query, as {@link guardClaude} does, without a look at how it was made: for one-shot queries, since the whole
 * query is one turn. The suspects of queries that are guarded for one state with the same hooks are counted together.
 *
 * It cannot see the prompts (with streaming input the time between two turns would be silence), the host's callbacks (a
 * permission request is silence unless its tool is known from a message), `startup`, stderr (except in the SDK's own
 * errors), and an abort, unless `signal` is given: the one of the query's `abortController`.
 *
 * Guarding the same query again closes the former guard.
 *
 * @throws TypeError for a query, a state or an option that is none
 */
export function guardClaudeQuery<Query extends AsyncIterable<unknown>>(
  query: Query,
  state: WedgeState,
  options: ClaudeQueryOptions = {},
): GuardedClaudeQuery<Query> {
  need("what the SDK's function returns", query, query?.[Symbol.asyncIterator])
  let guard = newGuard(state, options)
  const [former, settings] = shared.get(state) ?? [guard, options]
  if (COUNTED.every(name => settings[name] === options[name])) guard = former
  shared.set(state, [guard, options])
  formers.get(query)?.()
  const { signal } = options
  const session = newSession(options, signal && { abortController: { signal } })
  return guardQuery(guard, session, () => query as AsyncIterable<unknown>) as GuardedClaudeQuery<Query>
}

function need(what: string, query: unknown, method: unknown): void {
  if (typeof method !== 'function') throw new TypeError(`query must be ${what}, got ${typeof query}.`)
}

function newGuard(state: WedgeState, options: GuardOptions): WedgeGuard {
  const { connectDeadlineMs = 120_000, firstMessageMs = 120_000, isSuccess = isProof } = options
  // The hooks below would hide what is wrong with the host's.
  createGuard(state, options)
  return createGuard(state, {
    ...options,
    connectDeadlineMs,
    firstMessageMs,
    isSuccess,
    classify: (error, context) => sessionOf(context)?.classify(error, context),
    describe: (error, context) => sessionOf(context)?.describe(error, context),
  })
}

/** Guards a query in place. */
function guardQuery(
  guard: WedgeGuard,
  session: ClaudeSession,
  start: (prompt: unknown) => Query,
  prompt?: unknown,
): Query {
  const seen = prompt && session.prompt(prompt)
  let query!: Query
  let next!: () => Promise<Result>
  let leave: Query['return']
  const source = {
    async next(): Promise<Result> {
      const result = await next()
      if (result.done) session.finish()
      return result
    },
    async return(value?: unknown): Promise<Result> {
      session.end()
      return (await leave?.(value)) ?? { done: true, value }
    },
  }
  const stream = guard.stream(call => {
    session.attach(call)
    query = start(seen)
    const messages = query[Symbol.asyncIterator]()
    const owner = query.return ? query : messages
    next = messages.next.bind(messages)
    leave = owner.return?.bind(owner)
    return { [Symbol.asyncIterator]: () => source }
  }, session)
  const { close = source.return, streamInput } = query
  const ending = (method: unknown): unknown =>
    method &&
    ((argument: unknown) => {
      session.end()
      return (method as Foreign).call(query, argument)
    })
  formers.set(query, session.end)
  return Object.assign(query, {
    async next(): Promise<Result> {
      const result = await stream.next()
      if (!result.done) session.see(result.value)
      return result
    },
    return: (value?: unknown) => stream.return(value),
    throw: ending(query.throw),
    close: ending(close),
    streamInput: streamInput && ((messages: unknown) => streamInput.call(query, session.input(messages))),
    [Symbol.asyncIterator]: () => query,
    [Symbol.asyncDispose]: ending(query[Symbol.asyncDispose]),
    [Symbol.dispose]: ending(close),
  })
}

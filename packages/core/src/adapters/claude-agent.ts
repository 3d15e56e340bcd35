import { assertSignal } from '../foreign/abort-signal.ts'
import { assertFunction, inputError } from '../foreign/input-error.ts'
import type { WedgeGuard } from '../guard/index.ts'
import { assertGuardOptions } from '../guard/options.ts'
import type { WedgeState } from '../types.ts'
import { newGuard } from './claude-agent/new-guard.ts'
import { formers, guardQuery } from './claude-agent/query.ts'
import type { Functions, Params, Query, WarmQuery } from './claude-agent/sdk.ts'
import { ClaudeSession } from './claude-agent/session.ts'
import type {
  ClaudeGuardOptions,
  ClaudeQueryOptions,
  ClaudeSdk,
  GuardedClaude,
  GuardedClaudeQuery,
} from './claude-agent/types.ts'

export type {
  ClaudeGuardOptions,
  ClaudeQueryOptions,
  ClaudeSdk,
  GuardedClaude,
  GuardedClaudeQuery,
} from './claude-agent/types.ts'

/** What the count of suspects depends on. */
const COUNTED = ['suspectLimit', 'isSuccess', 'firstMessageMs', 'idleMs'] as const

/** For queries that are guarded one by one: the count of suspects carries over from one to the next. */
const shared = new WeakMap<WedgeState, { readonly guard: WedgeGuard; readonly options: ClaudeQueryOptions }>()

/**
 * Guards the functions of `@anthropic-ai/claude-agent-sdk` for one scope: call what this returns as you would call the
 * SDK's functions. They give the SDK's own `Query` and `WarmQuery`, guarded in place, with all their methods, values and
 * errors. Never restarts anything; a query whose deadline passed is closed, and the SDK kills its process.
 *
 * A message that the SDK takes out of the prompt begins a turn, and a `result` ends it. These are wedges: a turn that
 * begins in silence, or with `idleMs` continues in silence; a failed or silent `startup`; a process that is gone in the
 * middle of a session, or before its first message; a failure of authentication or billing. These are suspects: a process
 * that is gone later in a one-shot query, and a query that ends without a result. Other `is_error` results, such as a rate
 * limit or an overloaded API, never mark. Only a `result` that a model had a part in clears. The end of stderr is added to
 * the reason.
 *
 * Deadlines run only while the host reads the query, and rest between turns and while a tool, a hook or a request to the
 * host (permission, elicitation, dialog) is open. With the defaults, a turn that falls silent after its first message is
 * not noticed: set `idleMs`, above the longest thought unless `includePartialMessages` is on. Never noticed are: a tool
 * that never returns; a control request (`interrupt()`) without an answer; the death of a process that no one reads from,
 * until someone does. A hook from the settings counts as silence, except with `includeHookEvents`.
 *
 * One guarded SDK may serve a pool of sessions. Guarding for the same state again, or guarding the guarded functions again,
 * closes the former guard.
 *
 * @param sdk the module, or its functions
 * @param state made by `registry.scope(key)`
 * @param options deadlines in milliseconds, and hooks
 * @returns the same functions, guarded
 * @throws TypeError if the SDK, the state or an option is invalid
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
  const { query, startup } = Object(sdk) as Functions
  assertFunction('guardClaude({ query })', query, 'Pass the SDK, or its { query, startup }.')
  assertGuardOptions('guardClaude', state, options)
  const guard = newGuard(state, options)
  const starting = new Set<WedgeGuard>()
  let isClosed = false
  formers.get(state)?.()
  formers.get(query)?.()

  const close = (): void => {
    isClosed = true
    guard.close()
    for (const connector of starting) connector.close()
  }

  const startGuarded = async (real: NonNullable<Functions['startup']>, params?: Params): Promise<WarmQuery> => {
    if (isClosed) return real(params)
    const session = new ClaudeSession(options, params?.options)
    const connector = newGuard(state, options)
    starting.add(connector)
    try {
      const warm = await connector.connect(
        call => {
          session.attach(call)
          return real({ ...params, options: session.options })
        },
        { signal: session.signal },
      )
      const start = warm.query.bind(warm)
      warm.query = prompt => guardQuery(guard, session, start, prompt)
      return warm
    } finally {
      starting.delete(connector)
    }
  }

  const guarded = {
    query(params: Params): Query {
      if (isClosed) return query(params)
      const session = new ClaudeSession(options, params.options)
      const start = (prompt: unknown): Query => query({ ...params, prompt, options: session.options })
      return guardQuery(guard, session, start, params.prompt)
    },
    startup: startup && ((params?: Params) => startGuarded(startup, params)),
    close,
    [Symbol.dispose]: close,
  }
  formers.set(state, close)
  formers.set(guarded.query, close)
  return guarded as unknown as GuardedClaude<Sdk>
}

/**
 * Guards one query as {@link guardClaude} does, but without seeing how it was made. It is for one-shot queries, because the
 * whole query is one turn. The suspects of queries that are guarded for one state with the same options are counted
 * together.
 *
 * It does not see the prompts (with streaming input, the time between two turns counts as silence), the host's callbacks (a
 * permission request counts as silence unless its tool is known from a message), `startup`, stderr (except in the SDK's own
 * errors), or an abort, unless `signal` is given.
 *
 * Guarding the same query again closes the former guard.
 *
 * @param query what the SDK's `query` returned
 * @param state made by `registry.scope(key)`
 * @param options deadlines in milliseconds, hooks, and the signal of the query's `abortController`
 * @returns the same query, guarded
 * @throws TypeError if the query, the state or an option is invalid
 */
export function guardClaudeQuery<Query extends AsyncIterable<unknown>>(
  query: Query,
  state: WedgeState,
  options: ClaudeQueryOptions = {},
): GuardedClaudeQuery<Query> {
  if (typeof query?.[Symbol.asyncIterator] !== 'function')
    throw inputError('guardClaudeQuery(query)', 'an async iterable', query, "Pass what the SDK's query() returned.")
  assertGuardOptions('guardClaudeQuery', state, options)
  const { signal } = options
  assertSignal('guardClaudeQuery({ signal })', signal)
  formers.get(query)?.()
  const session = new ClaudeSession(options, signal && { abortController: { signal } })
  return guardQuery(
    sharedGuard(state, options),
    session,
    () => query as AsyncIterable<unknown>,
  ) as GuardedClaudeQuery<Query>
}

/** The guard of the state's last query if it counts suspects in the same way, otherwise a new one. */
function sharedGuard(state: WedgeState, options: ClaudeQueryOptions): WedgeGuard {
  const former = shared.get(state)
  if (former && COUNTED.every(name => former.options[name] === options[name])) return former.guard
  const guard = newGuard(state, options)
  shared.set(state, { guard, options })
  return guard
}

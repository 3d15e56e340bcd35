// The parts of `@anthropic-ai/claude-agent-sdk` that the adapter uses, as they are called.

/** What `next()` of a query gives. */
export type Result = IteratorResult<unknown, unknown>

/** What `query()` returns; older versions lack some of its methods. */
export interface Query extends AsyncIterable<unknown> {
  close?(): unknown
  return?(value?: unknown): Promise<Result>
  throw?(error?: unknown): Promise<Result>
  [Symbol.asyncDispose]?(): PromiseLike<void>
  streamInput?(messages: unknown): Promise<void>
}

/** What `startup()` resolves to: a process that waits for its query. */
export interface WarmQuery {
  query(prompt: unknown): Query
}

/** The options of a query. */
export interface QueryOptions {
  /** Aborts the SDK's work; the SDK aborts it itself when it cannot write to the process. */
  readonly abortController?: Pick<AbortController, 'signal'> | undefined
  readonly stderr?: ((data: string) => void) | undefined
}

/** What `query()` and `startup()` are called with. */
export interface Params {
  readonly prompt?: unknown
  readonly options?: QueryOptions | undefined
}

/** The functions that are guarded. */
export interface Functions {
  readonly query: (params: Params) => Query
  readonly startup?: (params: Params | undefined) => Promise<WarmQuery>
}

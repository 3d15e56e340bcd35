/** The parts of `@anthropic-ai/claude-agent-sdk` that the adapter uses, as they are called. */

export type Result = IteratorResult<unknown, unknown>

export interface Query extends AsyncIterable<unknown> {
  close?(): unknown
  return?(value?: unknown): Promise<Result>
  throw?(error?: unknown): Promise<Result>
  [Symbol.asyncDispose]?(): PromiseLike<void>
  streamInput?(messages: unknown): Promise<void>
}

export interface WarmQuery {
  query(prompt: unknown): Query
}

export interface QueryOptions {
  /** Aborts the SDK's work; the SDK aborts it itself when it cannot write to the process. */
  readonly abortController?: Pick<AbortController, 'signal'> | undefined
  readonly stderr?: ((data: string) => void) | undefined
}

export interface Params {
  readonly prompt?: unknown
  readonly options?: QueryOptions | undefined
}

export interface Functions {
  readonly query: (params: Params) => Query
  readonly startup?: (params: Params | undefined) => Promise<WarmQuery>
}

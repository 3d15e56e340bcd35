/// <reference lib="esnext.disposable" preserve="true" />
import type { GuardOptions } from '../../guard/index.ts'

/** What the adapter needs of `@anthropic-ai/claude-agent-sdk`. */
export interface ClaudeSdk {
  /** Starts a process of Claude Code, and gives its messages. */
  readonly query: (params: never) => object
  /** Starts a process ahead of its query. Absent in older versions. */
  readonly startup?: ((params: never) => PromiseLike<object>) | undefined
}

/** The guard's options that apply to Claude Code; durations in milliseconds. */
export interface ClaudeGuardOptions extends Omit<GuardOptions, 'requestDeadlineMs'> {
  /**
   * How long `startup` may take: healthy starts of 80 s exist. The SDK's own time-out is 60 s.
   *
   * @default 120_000
   */
  readonly connectDeadlineMs?: number | undefined
  /**
   * How long a turn may be silent at its beginning.
   *
   * @default 120_000
   */
  readonly firstMessageMs?: number | undefined
  /**
   * How long a turn may be silent later on, outside tools, hooks and requests to the host.
   *
   * @default Infinity
   */
  readonly idleMs?: number | undefined
}

/** Options of the guard of a single query; durations in milliseconds. */
export interface ClaudeQueryOptions extends Omit<ClaudeGuardOptions, 'connectDeadlineMs'> {
  /**
   * The signal of the query's `abortController`.
   *
   * @default none: an abort is judged as any other error
   */
  readonly signal?: AbortSignal | undefined
}

/** The SDK's functions, guarded. */
export type GuardedClaude<Sdk extends ClaudeSdk> = {
  readonly [Name in keyof Sdk & keyof ClaudeSdk]: Sdk[Name]
} & {
  /** Takes the guard off: the functions stay usable, and no longer change the state. Idempotent. */
  close(): void
  /** The same as `close()`. */
  [Symbol.dispose](): void
}

/** A query of the SDK, guarded. */
export type GuardedClaudeQuery<Query> = Query & {
  /** The SDK's own method; the guard counts it as an end that the host wants. */
  close(): void
  /** The same as `close()`. */
  [Symbol.dispose](): void
}

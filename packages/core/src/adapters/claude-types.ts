/// <reference lib="esnext.disposable" preserve="true" />
import type { GuardOptions } from '../guard/index.ts'

/** What the adapter needs of `@anthropic-ai/claude-agent-sdk`. */
export interface ClaudeSdk {
  readonly query: (params: never) => object
  /** Absent in older versions. */
  readonly startup?: ((params: never) => PromiseLike<object>) | undefined
}

export interface ClaudeGuardOptions extends Omit<GuardOptions, 'requestDeadlineMs'> {
  /** How long `startup` may take; 120,000 unless told: healthy starts of 80 s exist. The SDK's own time-out is 60,000. */
  readonly connectDeadlineMs?: number | undefined
  /** How long a turn may be silent at its beginning; 120,000 unless told. */
  readonly firstMessageMs?: number | undefined
  /** How long a turn may be silent later on, outside tools, hooks and requests to the host; unless told, for ever. */
  readonly idleMs?: number | undefined
}

export interface ClaudeQueryOptions extends Omit<ClaudeGuardOptions, 'connectDeadlineMs'> {
  /** The signal of the query's `abortController`. */
  readonly signal?: AbortSignal | undefined
}

/** The SDK's functions, guarded. Closing them leaves them usable, unguarded; the state is changed no more. Idempotent. */
export type GuardedClaude<Sdk extends ClaudeSdk> = {
  readonly [Name in keyof Sdk & keyof ClaudeSdk]: Sdk[Name]
} & {
  close(): void
  [Symbol.dispose](): void
}

/** A query of the SDK, guarded. `close()` is the SDK's own, and the end that the host wants. */
export type GuardedClaudeQuery<Query> = Query & {
  close(): void
  [Symbol.dispose](): void
}

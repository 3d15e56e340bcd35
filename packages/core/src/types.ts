/// <reference lib="esnext.disposable" preserve="true" />
import type { WedgeChange } from './events.ts'

export type {
  WedgeAggregate,
  WedgeAggregateChange,
  WedgeChange,
  WedgeChanges,
  WedgedScope,
  WedgeEvents,
  WedgeScopeChange,
  WedgeSnapshot,
} from './events.ts'

/** Answers "does it work?": a {@link WedgeState} for one scope, a `WedgeRegistry` for all of them. */
export interface WedgeReader {
  /** Tells whether it is wedged now. Never throws. */
  isWedged(): boolean
  /** The reason of the current wedge, verbatim; `""` when healthy. Never throws. */
  reason(): string
}

/** Where log lines go; a pino logger fits. It runs outside any ambient scope; what it throws reaches no one. */
export interface WedgeLogger {
  /** Takes one line when a wedge begins, or a listener fails. */
  error(fields: object, message: string): void
  /** Takes one line when a call was ignored, or a heartbeat has trouble. */
  warn(fields: object, message: string): void
  /** Takes one line when a wedge ends, or a heartbeat is delivered again. */
  info(fields: object, message: string): void
}

/** Ends a subscription. Idempotent: calling or disposing it again does nothing. */
export interface Unsubscribe {
  (): void
  [Symbol.dispose](): void
}

/** How to listen to any event. */
export interface WedgeListenOptions {
  /**
   * Ends the subscription when it aborts. A subscription made with an aborted signal never delivers anything.
   *
   * @default none: the subscription ends when what `on` returned is called
   */
  readonly signal?: AbortSignal | undefined
  /**
   * Delivers one event, then ends the subscription.
   *
   * @default false
   */
  readonly once?: boolean | undefined
}

/** How to listen to `change` events. */
export interface WedgeChangeListenOptions extends WedgeListenOptions {
  /**
   * First delivers, before `on` returns, one `wedged` event for each scope that is wedged now, primary first.
   *
   * @default false
   */
  readonly initial?: boolean | undefined
}

/** How to iterate the changes. */
export interface WedgeChangesOptions {
  /**
   * Ends the iteration normally when it aborts.
   *
   * @default none: the iteration ends when the loop is left
   */
  readonly signal?: AbortSignal | undefined
  /**
   * How many events may wait to be taken; one more ends the iteration with a RangeError.
   *
   * @default 1_024
   */
  readonly limit?: number | undefined
}

/** Options of a mark. */
export interface WedgeMarkOptions {
  /**
   * What caused the wedge, for programs. It is kept until the wedge ends.
   *
   * @default the reason itself, if it is not a string
   */
  readonly cause?: unknown
}

/** Options of a registry. */
export interface WedgeRegistryOptions {
  /**
   * Where log lines go.
   *
   * @default a pino logger named `runtime-wedge` that writes to stderr; plain JSON lines where pino cannot be loaded
   */
  readonly logger?: WedgeLogger | undefined
  /**
   * The clock, in epoch milliseconds. If it throws or returns a value that is not a finite number, `Date.now()` is used.
   *
   * @default Date.now
   */
  readonly now?: (() => number) | undefined
}

/** One piece of work on a scope. It remembers when it began, so that its outcome, however late, changes nothing newer. */
export interface WedgeAttempt {
  /**
   * The work proved that the executor works: clears the wedge that was there when the attempt began. Never clears one that
   * began later, never throws.
   *
   * @returns whether this call ended a wedge
   */
  succeed(): boolean
  /**
   * The work proved that the executor is wedged: marks the scope, unless one of its wedges was cleared since the attempt
   * began: the failure is then older than the recovery. Never throws.
   *
   * @returns whether this call began a wedge
   */
  fail(reason: string | Error, options?: WedgeMarkOptions): boolean
}

/** The handle of one scope; only `registry.scope(key)` makes one. */
export interface WedgeState<Scope extends string = string> extends WedgeReader {
  /** The key of the scope. */
  readonly scope: Scope
  /** When the current wedge began, in epoch milliseconds; `null` when healthy. */
  readonly since: number | null
  /** How often the current wedge was marked; `0` when healthy. */
  readonly marks: number
  /** What caused the current wedge; `undefined` when healthy. */
  readonly cause: unknown
  /**
   * Whether a success (`clear`, or `succeed` of an attempt) was ever seen: a scope that nothing is known of is not wedged,
   * but not proven either. Stays true until the scope is released. `undefined` in copies of the package before 1.1.
   */
  readonly proven: boolean
  /** When an attempt last succeeded, in epoch milliseconds; `null` before that. A bare `clear()` reads no clock. */
  readonly lastSuccess: number | null
  /**
   * Says that the executor is wedged. The first reason stays: a repeat is only counted. Never throws, whatever the reason,
   * the listeners, the logger or the clock do.
   *
   * @param reason shown to an operator, verbatim; of an error its `message`; cut at 1,024 characters
   * @param options what caused the wedge
   * @returns whether this call began the wedge
   */
  mark(reason: string | Error, options?: WedgeMarkOptions): boolean
  /**
   * Says that the executor works: call it after every success. When healthy it does nothing, except that the first success
   * proves the scope. Never throws.
   *
   * @returns whether this call ended a wedge
   */
  clear(): boolean
  /** Begins one piece of work whose late outcome must not change a newer state. Never throws. */
  attempt(): WedgeAttempt
  /**
   * Aborts when the **next** wedge begins, before `mark` returns, with a `WedgedError`. Reading it never gives a signal that
   * has aborted: once a wedge has begun, this is a fresh one, for the next wedge. A released scope's never aborts.
   */
  readonly signal: AbortSignal
  /**
   * Calls `listener` once for each later transition of this scope, in order, outside any ambient scope. What it throws or
   * rejects with is logged, and reaches no one else.
   *
   * @returns a function that ends the subscription; also disposable, and idempotent
   * @throws TypeError for another event name, a listener that is not a function, or a signal that is not an AbortSignal
   */
  on(event: 'change', listener: (event: WedgeChange<Scope>) => unknown, options?: WedgeChangeListenOptions): Unsubscribe
  /**
   * Resolves when the scope is healthy: at once if it is, otherwise when its wedge is cleared, or it is released or reset.
   *
   * @returns a promise that rejects with the signal's reason if the signal aborts first, and with a TypeError for a signal
   * that is not an AbortSignal
   */
  healthy(options?: { readonly signal?: AbortSignal | undefined }): Promise<void>
  /** Releases the scope, as `registry.release` does. @returns whether this call released it */
  release(): boolean
}

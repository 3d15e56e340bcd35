/// <reference lib="esnext.disposable" preserve="true" />

/** What answers "does it work?": a {@link WedgeState} for one scope, a `WedgeRegistry` for all of them. */
export interface WedgeReader {
  /** Tells whether it is wedged now. Never throws. */
  isWedged(): boolean
  /** The reason of the wedge in force, verbatim; `""` when healthy. Never throws. */
  reason(): string
}

/** Where log lines go; a pino logger fits. What it throws never reaches the caller of a state change. */
export interface WedgeLogger {
  error(fields: object, message: string): void
  warn(fields: object, message: string): void
  info(fields: object, message: string): void
}

/** Ends a subscription. Idempotent: calling or disposing it again does nothing. */
export interface Unsubscribe {
  (): void
  [Symbol.dispose](): void
}

export interface WedgeListenOptions {
  /** Ends the subscription when it aborts; a subscription made with an aborted signal is dead from the start. */
  readonly signal?: AbortSignal | undefined
  /** Delivers one event, then ends the subscription. */
  readonly once?: boolean | undefined
}

export interface WedgeChangeListenOptions extends WedgeListenOptions {
  /** First delivers, before `on` returns, one `wedged` event for each scope that is wedged now, primary first. */
  readonly initial?: boolean | undefined
}

export interface WedgeChangesOptions {
  /** Ends the iteration normally when it aborts. */
  readonly signal?: AbortSignal | undefined
  /** How many events that were not taken yet are kept; 1,024 by default. */
  readonly limit?: number | undefined
}

export interface WedgeMarkOptions {
  /** What caused the wedge, for programs; kept while the wedge is in force. Without it, a reason that is no string is the cause. */
  readonly cause?: unknown
}

/** The registry's one flag over all scopes, as it was right after one transition. Frozen. */
export interface WedgeAggregate<Scope extends string = string> {
  readonly wedged: boolean
  /** The primary's reason; `""` when healthy. */
  readonly reason: string
  /** The primary: of the wedged scopes, the one marked first. `null` when healthy. */
  readonly scope: Scope | null
  /** When the primary was marked, in epoch milliseconds; `null` when healthy. */
  readonly since: number | null
  /** How many scopes are wedged. */
  readonly count: number
}

/** One transition of one scope. Frozen. */
export interface WedgeChange<Scope extends string = string> {
  readonly type: 'wedged' | 'cleared'
  readonly by: 'mark' | 'clear' | 'release'
  readonly scope: Scope
  /** The reason of the wedge that began or ended. */
  readonly reason: string
  /** When that wedge began, in epoch milliseconds. */
  readonly since: number
  /** When this transition happened, in epoch milliseconds. */
  readonly at: number
  /** Rises by 1 with each transition of the registry. */
  readonly version: number
  readonly aggregate: WedgeAggregate<Scope>
}

/** A change of the registry's flag or of its primary; a change of the count alone is none. Frozen. */
export interface WedgeAggregateChange<Scope extends string = string> {
  readonly changed: 'flag' | 'primary'
  readonly previous: WedgeAggregate<Scope>
  readonly current: WedgeAggregate<Scope>
  /** When it changed, in epoch milliseconds. */
  readonly at: number
  readonly version: number
}

/** A scope was added or released. `default` is never announced. Frozen. */
export interface WedgeScopeChange<Scope extends string = string> {
  readonly type: 'added' | 'released'
  readonly scope: Scope
  /** The version in force: adding a scope, or releasing a healthy one, is no transition. */
  readonly version: number
}

/** The events of a registry, by name. */
export interface WedgeEvents<Scope extends string = string> {
  change: WedgeChange<Scope>
  aggregate: WedgeAggregateChange<Scope>
  scopes: WedgeScopeChange<Scope>
}

export interface WedgedScope<Scope extends string = string> {
  readonly scope: Scope
  readonly reason: string
  /** Epoch milliseconds. */
  readonly since: number
}

/** A registry at one moment, as frozen plain JSON. */
export interface WedgeSnapshot<Scope extends string = string> {
  readonly wedged: boolean
  /** The primary's reason; `""` when healthy. */
  readonly reason: string
  /** The primary; `null` when healthy. */
  readonly scope: Scope | null
  /** When the primary was marked, in epoch milliseconds; `null` when healthy. */
  readonly since: number | null
  /** When the unbroken outage began, in epoch milliseconds; `null` when healthy. */
  readonly wedgedSince: number | null
  readonly count: number
  readonly version: number
  /** The wedged scopes, primary first. */
  readonly scopes: readonly WedgedScope<Scope>[]
}

/** One piece of work on a scope. It remembers when it began, so that its outcome, however late, moves nothing that is newer. */
export interface WedgeAttempt {
  /**
   * The work proved that the executor works: clears the wedge that was in force when the attempt began. Never clears one
   * that was marked meanwhile, never throws.
   *
   * @returns whether this call ended a wedge
   */
  succeed(): boolean
  /**
   * The work proved that the executor is wedged: marks the scope, unless a wedge of it was cleared since the attempt
   * began, for then the failure is older than the recovery. Never throws.
   *
   * @returns whether this call began a wedge
   */
  fail(reason: string | Error, options?: WedgeMarkOptions): boolean
}

/** The handle of one scope; made by `registry.scope(key)` alone. */
export interface WedgeState<Scope extends string = string> extends WedgeReader {
  readonly scope: Scope
  /** When the wedge in force began, in epoch milliseconds; `null` when healthy. */
  readonly since: number | null
  /** How often the wedge in force was marked; `0` when healthy. */
  readonly marks: number
  /** What caused the wedge in force; `undefined` when healthy. */
  readonly cause: unknown
  /**
   * Says that the executor is wedged. The first write wins: a repeat is only counted. Never throws, whatever the reason,
   * the listeners, the logger or the clock do.
   *
   * @param reason shown to an operator; of an error its `message`; cut at 1,024 characters
   * @returns whether this call began the wedge
   */
  mark(reason: string | Error, options?: WedgeMarkOptions): boolean
  /**
   * Says that the executor works: call it after every success. A silent no-op when healthy. Never throws.
   *
   * @returns whether this call ended a wedge
   */
  clear(): boolean
  /** Begins one piece of work whose late outcome must not move a newer state. Never throws. */
  attempt(): WedgeAttempt
  /**
   * Aborts when the **next** wedge begins, before `mark` returns, with a `WedgedError`. Never already aborted: during and
   * after a wedge it is the one fresh signal for the next. A released handle's never aborts.
   */
  readonly signal: AbortSignal
  /**
   * Calls `listener` once for each later transition of this scope, in order, outside any ambient scope. What it throws or
   * rejects with is logged, and reaches nobody else.
   *
   * @throws TypeError for another event name, or a listener that is no function
   */
  on(event: 'change', listener: (event: WedgeChange<Scope>) => unknown, options?: WedgeChangeListenOptions): Unsubscribe
  /**
   * Resolves when the scope is healthy (at once if it is), also when it is released or reset.
   *
   * @returns a promise that rejects with the signal's reason if the signal aborts first
   */
  healthy(options?: { readonly signal?: AbortSignal | undefined }): Promise<void>
  /** Releases the scope; see `registry.release`. @returns whether this call released it */
  release(): boolean
}

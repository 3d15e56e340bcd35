/** The registry's one flag over all scopes, as it was right after one transition. Frozen. */
export interface WedgeAggregate<Scope extends string = string> {
  /** Whether any scope is wedged. */
  readonly wedged: boolean
  /** The primary's reason; `""` when healthy. */
  readonly reason: string
  /** The primary: of the wedged scopes, the one that was marked first. `null` when healthy. */
  readonly scope: Scope | null
  /** When the primary was marked, in epoch milliseconds; `null` when healthy. */
  readonly since: number | null
  /** How many scopes are wedged. */
  readonly count: number
}

/** One transition of one scope. Frozen. */
export interface WedgeChange<Scope extends string = string> {
  /** Whether a wedge began or ended. */
  readonly type: 'wedged' | 'cleared'
  /** What made the transition: a mark (also a failed attempt), a clear (also a successful attempt) or a release. */
  readonly by: 'mark' | 'clear' | 'release'
  /** The key of the scope that changed. */
  readonly scope: Scope
  /** The reason of the wedge that began or ended. */
  readonly reason: string
  /** When that wedge began, in epoch milliseconds. */
  readonly since: number
  /** When this transition happened, in epoch milliseconds. */
  readonly at: number
  /** Rises by 1 with each transition of the registry. */
  readonly version: number
  /** All scopes together, right after this transition. */
  readonly aggregate: WedgeAggregate<Scope>
}

/** A change of the registry's flag or of its primary; not emitted when only the count changes. Frozen. */
export interface WedgeAggregateChange<Scope extends string = string> {
  /** `flag`: an outage began or ended. `primary`: it goes on, with another scope as its primary. */
  readonly changed: 'flag' | 'primary'
  /** All scopes together, right before the change. */
  readonly previous: WedgeAggregate<Scope>
  /** All scopes together, right after it. */
  readonly current: WedgeAggregate<Scope>
  /** When it changed, in epoch milliseconds. */
  readonly at: number
  /** The version of the transition that made the change. */
  readonly version: number
}

/** A scope was added, proven by its first success, or released. `default` is neither added nor released. Frozen. */
export interface WedgeScopeChange<Scope extends string = string> {
  /** What happened to the scope. */
  readonly type: 'added' | 'proven' | 'released'
  /** The key of the scope. */
  readonly scope: Scope
  /** The registry's version afterwards: adding or proving a scope, or releasing a healthy one, does not raise it. */
  readonly version: number
}

/** The events of a registry, by name. */
export interface WedgeEvents<Scope extends string = string> {
  /** One per transition of a scope. */
  change: WedgeChange<Scope>
  /** One per change of the flag or of the primary. */
  aggregate: WedgeAggregateChange<Scope>
  /** One per scope that was added, proven or released. */
  scopes: WedgeScopeChange<Scope>
}

/** The `change` events of a registry, for one `for await` loop. */
export interface WedgeChanges<Scope extends string = string> extends AsyncIterable<WedgeChange<Scope>> {
  /** The next event, as soon as there is one. If too many events waited, rejects once with a RangeError, then ends. */
  next(): Promise<IteratorResult<WedgeChange<Scope>, undefined>>
  /** Ends the subscription, and every pending `next()`. */
  return(): Promise<IteratorResult<WedgeChange<Scope>, undefined>>
  /** Ends the subscription as `return()` does, and rejects with `error`. */
  throw(error?: unknown): Promise<IteratorResult<WedgeChange<Scope>, undefined>>
  [Symbol.asyncIterator](): WedgeChanges<Scope>
}

/** One wedged scope in a snapshot. */
export interface WedgedScope<Scope extends string = string> {
  /** The key of the scope. */
  readonly scope: Scope
  /** Why it is wedged, verbatim. */
  readonly reason: string
  /** When its wedge began, in epoch milliseconds. */
  readonly since: number
}

/** A registry at one moment, as frozen plain JSON. */
export interface WedgeSnapshot<Scope extends string = string> {
  /** Whether any scope is wedged. */
  readonly wedged: boolean
  /** The primary's reason; `""` when healthy. */
  readonly reason: string
  /** The primary: of the wedged scopes, the one that was marked first. `null` when healthy. */
  readonly scope: Scope | null
  /** When the primary was marked, in epoch milliseconds; `null` when healthy. */
  readonly since: number | null
  /** When the unbroken outage began, in epoch milliseconds; `null` when healthy. */
  readonly wedgedSince: number | null
  /** How many scopes are wedged. */
  readonly count: number
  /** Rises with each transition, so that two snapshots can be compared. */
  readonly version: number
  /** The wedged scopes, primary first. */
  readonly scopes: readonly WedgedScope<Scope>[]
}

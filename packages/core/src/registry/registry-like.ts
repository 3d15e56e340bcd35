import type {
  Unsubscribe,
  WedgeChangeListenOptions,
  WedgeChanges,
  WedgeChangesOptions,
  WedgeEvents,
  WedgeListenOptions,
  WedgeLogger,
  WedgeReader,
  WedgeSnapshot,
  WedgeState,
} from '../types.ts'

/**
 * The public interface of a registry; `WedgeRegistry` documents each member in full. Functions take this and not the class,
 * because two copies of the package in one process have classes that do not match.
 */
export interface WedgeRegistryLike<Scope extends string = string> extends WedgeReader {
  /** Where log lines go; replaceable at any time. */
  logger: WedgeLogger
  /** The state of the scope `"default"`. */
  readonly default: WedgeState<'default'>
  /** The state of the ambient scope if it belongs to this registry, otherwise of the default scope. */
  readonly current: WedgeState<Scope | 'default'>
  /** How many scopes there are, `"default"` included. */
  readonly size: number
  /** How many scopes are wedged. */
  readonly wedgedCount: number
  /** Gets or makes the state of a scope. */
  scope(key: Scope): WedgeState<Scope>
  /** Tells whether there is a scope with this key. */
  has(key: Scope): boolean
  /** Removes a scope, and ends its wedge. */
  release(key: Scope): boolean
  /** Calls `fn` with the scope as the ambient one. */
  run<T>(key: Scope, fn: () => T): T
  /** Returns `fn` bound to the scope. */
  bind<Fn extends (...args: never[]) => unknown>(key: Scope, fn: Fn): Fn
  /** The states that are wedged now, primary first. */
  wedgedStates(): Iterable<WedgeState<Scope | 'default'>>
  /** Every state, in order of creation. */
  [Symbol.iterator](): Iterator<WedgeState<Scope | 'default'>>
  /** The registry now, as frozen plain JSON. */
  snapshot(): WedgeSnapshot<Scope | 'default'>
  /** The same as `snapshot()`, for `JSON.stringify`. */
  toJSON(): WedgeSnapshot<Scope | 'default'>
  /** Calls `listener` once for each later event. */
  on<Name extends keyof WedgeEvents>(
    event: Name,
    listener: (event: WedgeEvents<Scope | 'default'>[Name]) => unknown,
    options?: Name extends 'change' ? WedgeChangeListenOptions : WedgeListenOptions,
  ): Unsubscribe
  /** The later `change` events, for one `for await` loop. */
  changes(options?: WedgeChangesOptions): WedgeChanges<Scope | 'default'>
}

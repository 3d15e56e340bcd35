import { changeIterator } from '../delivery/changes.ts'
import { subscribe } from '../delivery/subscription.ts'
import { assertFunction, inputError } from '../foreign/input-error.ts'
import { ambientScope, openStorage } from '../process/ambient.ts'
import { bindLazyResult, type Enter } from '../process/lazy-result.ts'
import type {
  Unsubscribe,
  WedgeChange,
  WedgeChangeListenOptions,
  WedgeChanges,
  WedgeChangesOptions,
  WedgeEvents,
  WedgeListenOptions,
  WedgeLogger,
  WedgeRegistryOptions,
  WedgeSnapshot,
  WedgeState,
} from '../types.ts'
import { Ledger } from './ledger.ts'
import type { WedgeRegistryLike } from './registry-like.ts'
import { ScopeState } from './state.ts'

/** Part of the protocol between copies of this package: `@runtime-wedge/testing` calls it on any copy's registry. */
const RESET: symbol = Symbol.for('runtime-wedge.reset')

/** What `bind` binds: a function or a class. */
export type Bindable = ((...args: never[]) => unknown) | (abstract new (...args: never[]) => unknown)

/**
 * The wedges of the executors of one host: one {@link WedgeState} per scope, one flag and one reason over all of them.
 *
 * @typeParam Scope the keys that this registry knows, if they are known beforehand
 * @example
 * ```ts
 * import { WedgeRegistry } from '@runtime-wedge/core'
 *
 * const registry = new WedgeRegistry()
 * registry.scope('mcp:fs').mark('no answer to initialize in 60 s: restart the server')
 * console.log(registry.reason()) // → no answer to initialize in 60 s: restart the server
 * ```
 */
export class WedgeRegistry<Scope extends string = string> implements WedgeRegistryLike<Scope> {
  /** The state of the scope `"default"`, which the four functions use outside any `run`. It cannot be released. */
  declare readonly default: WedgeState<'default'>
  readonly #ledger: Ledger<ScopeState>
  #snapshot: WedgeSnapshot | undefined

  static {
    // Reached by its symbol alone, and not enumerable: it is for tests.
    Object.defineProperty(WedgeRegistry.prototype, RESET, {
      value(this: WedgeRegistry): void {
        this.#ledger.reset()
        for (const state of this.#ledger.states.values()) ScopeState.reset(state)
      },
    })
  }

  /** Makes a registry with one scope, `"default"`. @throws TypeError for a logger or a clock that is not one */
  constructor({ logger, now = () => Date.now() }: WedgeRegistryOptions = {}) {
    assertFunction('new WedgeRegistry({ now })', now, 'Leave it out for Date.now.')
    this.#ledger = new Ledger(now)
    if (logger !== undefined) this.logger = logger
    this.default = this.scope('default' as Scope) as WedgeState as WedgeState<'default'>
  }

  /**
   * Where log lines go; replaceable at any time.
   *
   * @throws TypeError for a logger that lacks one of the methods `error`, `warn` and `info`
   */
  get logger(): WedgeLogger {
    return this.#ledger.logger
  }

  set logger(logger: WedgeLogger) {
    for (const level of ['error', 'warn', 'info'] as const) {
      const method: unknown = (logger as Partial<WedgeLogger> | null | undefined)?.[level]
      assertFunction(`logger.${level}`, method, 'Pass a logger with error, warn and info, such as a pino logger.')
    }
    this.#ledger.logger = logger
  }

  /** How many scopes there are, `"default"` included. */
  get size(): number {
    return this.#ledger.states.size
  }

  /** How many scopes are wedged. */
  get wedgedCount(): number {
    return this.#ledger.wedged.count
  }

  /** The ambient scope's state if it belongs to this registry, otherwise the default scope's. */
  get current(): WedgeState<Scope | 'default'> {
    const ambient = ambientScope()
    const state: WedgeState = ambient?.registry === this ? ambient.state : this.default
    return state as WedgeState<Scope | 'default'>
  }

  /**
   * Gets or makes the state of a scope: the same object for the same key, until it is released.
   *
   * @param key any non-empty string; shown in health output
   * @throws TypeError for any other key
   */
  scope(key: Scope): WedgeState<Scope> {
    return (this.#ledger.states.get(key) ?? this.#add(key)) as WedgeState as WedgeState<Scope>
  }

  /** Tells whether there is a scope with this key. Never makes one, never throws. */
  has(key: Scope): boolean {
    return this.#ledger.states.has(key)
  }

  /**
   * Removes a scope: its wedge ends (`by: "release"`), its handle becomes inert forever, and its listeners are dropped.
   * Never releases `"default"`, never throws.
   *
   * @returns whether this call released it
   */
  release(key: Scope): boolean {
    return this.#ledger.states.get(key)?.release() ?? false
  }

  /**
   * Calls `fn` with that ambient scope: in `fn`, and in everything that it awaits, the four functions act on this scope
   * alone. The same holds for what `fn` returns and what runs only later: a generator, an iterator, a lazy thenable, or a
   * promise of one (it is replaced by another promise). `run` binds to the state, made if there is none: after a release,
   * marks inside are inert.
   *
   * **Not covered**, so bind them with `bind`: a function that `fn` returns, the methods of an object that it returns, an
   * iterator that is frozen, one that another `run` has returned before, and whatever calls back from outside (a socket, a pool). Unbound, they act
   * on the default scope. The first `run` of a process makes its one AsyncLocalStorage, which makes every `await` slower on
   * Node 20 (33 to 101 ns).
   *
   * @returns what `fn` returns
   * @throws TypeError for a bad key or an `fn` that is not a function; Error where there is no `AsyncLocalStorage`; what
   * `fn` throws
   */
  run<T>(key: Scope, fn: () => T): T {
    assertFunction('run(key, fn)', fn, 'Pass the work to be run in that scope.')
    const enter = this.#entrance(key)
    return bindLazyResult(enter(fn), enter)
  }

  /**
   * Returns `fn` bound to that scope, for callbacks that run later; `fn` may be a class. Covers what
   * {@link WedgeRegistry.run} covers, and throws for the same mistakes.
   */
  bind<Fn extends Bindable>(key: Scope, fn: Fn): Fn {
    assertFunction('bind(key, fn)', fn, 'Pass the callback to be run in that scope.')
    const enter = this.#entrance(key)
    const call = (act: () => unknown): unknown => bindLazyResult(enter(act), enter)
    // A proxy has the name and the number of parameters of `fn`, by which frameworks tell callbacks apart.
    return new Proxy(fn, {
      apply: (target, self, args) => call(() => Reflect.apply(target as () => unknown, self, args)),
      construct: (target, ...args) => call(() => Reflect.construct(target, ...args)) as object,
    })
  }

  /** Tells whether any scope is wedged. O(1), never throws. */
  isWedged(): boolean {
    return this.#ledger.wedged.first !== null
  }

  /** The primary's reason, verbatim; `""` when healthy. O(1), never throws. */
  reason(): string {
    return this.#ledger.wedged.first?.reason() ?? ''
  }

  /** The states that are wedged now, primary first; you may mark, clear or release states while you iterate. */
  wedgedStates(): Iterable<WedgeState<Scope | 'default'>> {
    return this.#ledger.wedged.all() as WedgeState[] as WedgeState<Scope | 'default'>[]
  }

  /** Every state, in order of creation. */
  [Symbol.iterator](): Iterator<WedgeState<Scope | 'default'>> {
    return this.#ledger.states.values() as Iterator<WedgeState> as Iterator<WedgeState<Scope | 'default'>>
  }

  /** This registry now, as frozen plain JSON: the same object until something changes. */
  snapshot(): WedgeSnapshot<Scope | 'default'> {
    const ledger = this.#ledger
    if (this.#snapshot?.version !== ledger.version) this.#snapshot = ledger.snapshot()
    return this.#snapshot as WedgeSnapshot<Scope | 'default'>
  }

  /** The same as {@link WedgeRegistry.snapshot}, for `JSON.stringify`. */
  toJSON(): WedgeSnapshot<Scope | 'default'> {
    return this.snapshot()
  }

  /**
   * Calls `listener` once for each later event, in the order of the transitions, outside any ambient scope. What it throws
   * or rejects with is logged, and reaches no one else.
   *
   * A chain of 100 transitions, each made by a listener of the one before, is ended: the listener that would make the next
   * one is unsubscribed, and an error is logged. Two **async** listeners that answer each other after an `await` are not
   * noticed: they run forever, as any two async functions would.
   *
   * @returns a function that ends the subscription; also disposable, and idempotent
   * @throws TypeError for an unknown event name, a listener that is not a function, or a signal that is not an AbortSignal
   */
  on<Name extends keyof WedgeEvents>(
    event: Name,
    listener: (event: WedgeEvents<Scope | 'default'>[Name]) => unknown,
    options?: Name extends 'change' ? WedgeChangeListenOptions : WedgeListenOptions,
  ): Unsubscribe {
    return this.#subscribe(event, listener, options)
  }

  /**
   * The `change` events from this call on, for one `for await` loop: `break` unsubscribes, an abort ends it normally.
   *
   * @throws TypeError for a bad limit or signal. When more than `limit` events wait, `next()` rejects with a RangeError:
   * take a `snapshot()` and iterate again
   */
  changes({ limit, signal }: WedgeChangesOptions = {}): WedgeChanges<Scope | 'default'> {
    type Listener = (event: WedgeChange<Scope | 'default'>) => void
    return changeIterator((listener: Listener, onEnd) => this.#subscribe('change', listener, { signal }, onEnd), limit)
  }

  /** Makes the function that calls another one with the ambient scope of a key. */
  #entrance(key: Scope): Enter {
    const storage = openStorage()
    const ambient = { registry: this, state: this.scope(key) as WedgeState }
    return fn => storage.run(ambient, fn)
  }

  #subscribe(
    event: keyof WedgeEvents,
    listener: (event: never) => unknown,
    options?: WedgeChangeListenOptions,
    onEnd?: () => void,
  ): Unsubscribe {
    const ledger = this.#ledger
    const { channel, queue } = ledger
    return subscribe({ channel, queue, initial: () => ledger.initialEvents(), onEnd }, event, listener, options)
  }

  #add(key: string): ScopeState {
    if (!key || typeof key !== 'string') {
      const wayOut = 'Pass a stable name such as "claude:1"; it is shown in health output.'
      throw inputError('scope(key)', 'a non-empty string', key, wayOut)
    }
    const state = new ScopeState(this.#ledger, key)
    this.#ledger.add(state)
    return state
  }
}

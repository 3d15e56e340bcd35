import { type AmbientScope, ambientScope, openStorage } from './ambient.ts'
import { changeIterator } from './changes.ts'
import type { Listener } from './delivery.ts'
import { assertFunction, invalid } from './invalid.ts'
import { freeze, Ledger } from './ledger.ts'
import { defaultLogger } from './log.ts'
import { ScopeState } from './state.ts'
import type {
  Unsubscribe,
  WedgeChange,
  WedgeChangeListenOptions,
  WedgeChangesOptions,
  WedgeEvents,
  WedgeListenOptions,
  WedgeLogger,
  WedgeReader,
  WedgeSnapshot,
  WedgeState,
} from './types.ts'

/** Part of the protocol between copies of this package: `@runtime-wedge/testing` calls it on any copy's registry. */
const RESET: unique symbol = Symbol.for('runtime-wedge.reset')

export interface WedgeRegistryOptions {
  /** Where log lines go; by default a pino logger named `runtime-wedge` that writes to stderr. */
  readonly logger?: WedgeLogger | undefined
  /** The clock, in epoch milliseconds; by default `Date.now`. What it throws, or what is no finite number, is replaced by `Date.now()`. */
  readonly now?: (() => number) | undefined
}

/**
 * The wedges of the executors of one host: one {@link WedgeState} a scope, one flag and one reason over all of them.
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
export class WedgeRegistry<Scope extends string = string> implements WedgeReader {
  /** The state of the scope `"default"`, which the four functions use outside any `run`. It cannot be released. */
  declare readonly default: WedgeState<'default'>
  readonly #ledger: Ledger
  #snapshot: WedgeSnapshot | undefined

  /** @throws TypeError for a logger without the methods of one, or a clock that is no function */
  constructor({ logger, now = () => Date.now() }: WedgeRegistryOptions = {}) {
    assertFunction('now', now)
    this.#ledger = new Ledger(now)
    if (logger !== undefined) this.logger = logger
    this.default = this.scope('default' as Scope) as WedgeState as WedgeState<'default'>
  }

  /**
   * Where log lines go; replaceable at any time.
   *
   * @throws TypeError for anything that is no logger; what pino throws where the default one cannot be built, when read
   */
  get logger(): WedgeLogger {
    return this.#ledger.logger ?? defaultLogger()
  }

  set logger(logger: WedgeLogger) {
    for (const level of ['error', 'warn', 'info'] as const) {
      assertFunction(`logger.${level}`, (logger as Partial<WedgeLogger> | null)?.[level])
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

  /** The ambient scope's state if it belongs to this registry, else the default's. */
  get current(): WedgeState<Scope | 'default'> {
    const ambient = ambientScope()
    return ((ambient?.registry as unknown) === this ? ambient!.state : this.default) as WedgeState<Scope | 'default'>
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

  /** Tells whether there is a scope of this key. Never makes one, never throws. */
  has(key: Scope): boolean {
    return this.#ledger.states.has(key)
  }

  /**
   * Takes a scope out: its wedge ends (`by: "release"`), its handle is inert for ever, its listeners are dropped. Never
   * releases `"default"`, never throws.
   *
   * @returns whether this call released it
   */
  release(key: Scope): boolean {
    return this.#ledger.states.get(key)?.release() ?? false
  }

  /**
   * Calls `fn`; it and all that it awaits run with that ambient scope, so that the four functions act on this scope alone.
   * It binds to the state, made if there is none: after a release, marks inside are inert. The first `run` of a process
   * makes its one AsyncLocalStorage, which costs every `await` of the process time on Node 20.
   *
   * @throws TypeError for a bad key or an `fn` that is no function; Error where there is no `AsyncLocalStorage`; what `fn` throws
   */
  run<T>(key: Scope, fn: () => T): T {
    return this.bind(key, fn)()
  }

  /** Returns `fn` bound to that scope, for callbacks that run later; otherwise as {@link WedgeRegistry.run}. */
  bind<Fn extends (...args: never[]) => unknown>(key: Scope, fn: Fn): Fn {
    assertFunction('fn', fn)
    const storage = openStorage()
    const ambient: AmbientScope = { registry: this as unknown as WedgeRegistry, state: this.scope(key) }
    // A proxy has the name and the number of parameters of `fn`, by which frameworks tell callbacks apart.
    return new Proxy(fn, { apply: (...call) => storage.run(ambient, Reflect.apply, ...call) })
  }

  /** Tells whether any scope is wedged. O(1), never throws. */
  isWedged(): boolean {
    return this.#ledger.wedged.first !== null
  }

  /** The primary's reason, verbatim; `""` when healthy. O(1), never throws. */
  reason(): string {
    return this.#ledger.wedged.first?.reason() ?? ''
  }

  /** The wedged states of this moment, primary first; states may be marked, cleared or released meanwhile. */
  wedgedStates(): Iterable<WedgeState<Scope | 'default'>> {
    return this.#ledger.wedged.map(state => state as WedgeState as WedgeState<Scope | 'default'>)
  }

  /** Every state, in order of creation. */
  [Symbol.iterator](): Iterator<WedgeState<Scope | 'default'>> {
    return this.#ledger.states.values() as Iterator<WedgeState> as Iterator<WedgeState<Scope | 'default'>>
  }

  /** This registry now, as frozen plain JSON: the same object until something changes. */
  snapshot(): WedgeSnapshot<Scope | 'default'> {
    const ledger = this.#ledger
    const { wedged, version } = ledger
    if (this.#snapshot?.version !== version) {
      const scopes = freeze(
        wedged.map(state => freeze({ scope: state.scope, reason: state.reason(), since: state.since! })),
      )
      this.#snapshot = freeze({
        ...ledger.aggregate(),
        wedgedSince: wedged.first && ledger.wedgedSince,
        version,
        scopes,
      })
    }
    return this.#snapshot as WedgeSnapshot<Scope | 'default'>
  }

  toJSON(): WedgeSnapshot<Scope | 'default'> {
    return this.snapshot()
  }

  /**
   * Calls `listener` once for each later event, in the order of the transitions, outside any ambient scope. What it throws
   * or rejects with is logged, and reaches nobody else.
   *
   * @returns ends the subscription; callable, disposable, idempotent
   * @throws TypeError for an unknown event name, or a listener that is no function
   */
  on<Name extends keyof WedgeEvents>(
    event: Name,
    listener: (event: WedgeEvents<Scope | 'default'>[Name]) => unknown,
    options?: Name extends 'change' ? WedgeChangeListenOptions : WedgeListenOptions,
  ): Unsubscribe {
    const ledger = this.#ledger
    return ledger.on(
      ledger.listeners,
      ['change', 'aggregate', 'scopes'],
      ledger.wedged,
      event,
      listener as Listener,
      options,
    )
  }

  /**
   * The `change` events from this call on, for one `for await` loop: `break` unsubscribes, an abort ends it normally.
   *
   * @throws TypeError for a bad limit. `next()` rejects with a RangeError once more than `limit` events wait: take a
   * `snapshot()` and iterate anew
   */
  changes(options?: WedgeChangesOptions): AsyncIterableIterator<WedgeChange<Scope | 'default'>, undefined> {
    return changeIterator(this, options)
  }

  /** Makes every scope healthy in place, and announces nothing. Private, but for `@runtime-wedge/testing`. */
  // biome-ignore lint/correctness/noUnusedPrivateClassMembers: it is called by its symbol.
  private [RESET](): void {
    const ledger = this.#ledger
    ledger.reset()
    ledger.version++
    ledger.states.forEach(ScopeState.reset)
  }

  #add(key: string): ScopeState {
    if (!key || typeof key !== 'string') {
      const wayOut = 'Pass a stable name such as "claude:1"; it is shown in health output.'
      throw invalid('scope(key) needs a non-empty string', key, wayOut)
    }
    const ledger = this.#ledger
    const state = new ScopeState(ledger, key)
    ledger.states.set(key, state)
    ledger.announce('added', key)
    return state
  }
}

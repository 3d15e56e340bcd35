import { subscribe } from '../delivery/subscription.ts'
import type { CertainCall } from '../foreign/exhausted-stack.ts'
import { causeOf, reasonText } from '../foreign/reason.ts'
import { ambientScope, runOutside } from '../process/ambient.ts'
import type {
  Unsubscribe,
  WedgeAttempt,
  WedgeChange,
  WedgeChangeListenOptions,
  WedgeMarkOptions,
  WedgeState,
} from '../types.ts'
import { Extras } from './extras.ts'
import type { Ledger } from './ledger.ts'
import { cleared, detected, MARK_AFTER_RELEASE, RELEASE_OF_DEFAULT } from './log-lines.ts'
import { RELEASED, type Wedge, wedgeEpoch } from './wedge.ts'
import { WedgedError } from './wedged-error.ts'
import { Listed } from './wedged-list.ts'

/** One scope. Its public face is {@link WedgeState}. */
export class ScopeState extends Listed implements WedgeState {
  declare readonly scope: string
  readonly #ledger: Ledger<ScopeState>
  #reason = ''
  #wedge: Wedge | null = null
  /**
   * `undefined` until the scope is proven, then `null` until an attempt succeeds. One field for both, because there may be
   * a million scopes; compared with literals, because V8 does not fold a constant of the module into `clear`.
   */
  #lastSuccess: number | null | undefined
  /**
   * Tells an attempt what has happened since it began. Each mark after a release lowers it; only the first one is warned
   * of.
   */
  #epoch = 0
  #extras: Extras | null = null

  /** Makes a state healthy, and its open attempts inert; only for the registry's reset. */
  static reset(state: ScopeState): void {
    if (state.#wedge) state.#ledger.wedged.remove(state)
    // As if a wedge had begun and ended, so that every open attempt is older.
    else state.#epoch++
    state.#lastSuccess = undefined
    state.#heal()
    state.#extras?.settleWaiters()
  }

  constructor(ledger: Ledger<ScopeState>, scope: string) {
    super()
    this.#ledger = ledger
    this.scope = scope
  }

  isWedged(): boolean {
    return this.#wedge !== null
  }

  reason(): string {
    return this.#reason
  }

  get since(): number | null {
    return this.#wedge?.since ?? null
  }

  get marks(): number {
    return this.#wedge?.marks ?? 0
  }

  get cause(): unknown {
    return this.#wedge?.cause
  }

  get proven(): boolean {
    return this.#lastSuccess !== undefined
  }

  get lastSuccess(): number | null {
    return this.#lastSuccess ?? null
  }

  mark(reason: string | Error, options?: WedgeMarkOptions): boolean {
    if (this.#wedge === null) return this.#transact(this.#begin, reason, options)
    this.#wedge.marks++
    return false
  }

  clear(): boolean {
    if (this.#wedge === null && this.#lastSuccess !== undefined) return false
    return this.#transact(this.#succeed, undefined, this.#ledger.resets)
  }

  attempt(): WedgeAttempt {
    const epoch = this.#epoch
    const { resets } = this.#ledger
    return {
      succeed: () => this.#transact(this.#succeed, epoch, resets),
      fail: (reason, options) => this.#epoch <= wedgeEpoch(epoch) && this.mark(reason, options),
    }
  }

  get signal(): AbortSignal {
    return this.#getExtras().signal
  }

  on(event: 'change', listener: (event: WedgeChange) => unknown, options?: WedgeChangeListenOptions): Unsubscribe {
    const channel = this.#getExtras().openChannel()
    const initial = (): WedgeChange[] => this.#ledger.initialEvents(this.#wedge ? [this] : [])
    const unsubscribe = subscribe({ queue: this.#ledger.queue, channel, initial }, event, listener, options)
    if (this.#isReleased) unsubscribe()
    return unsubscribe
  }

  healthy(options?: { readonly signal?: AbortSignal | undefined }): Promise<void> {
    return this.#getExtras().wait(options, this.#wedge !== null)
  }

  release(): boolean {
    return this.#transact(this.#release, undefined, undefined)
  }

  get #isReleased(): boolean {
    return this.#epoch < 0
  }

  #getExtras(): Extras {
    this.#extras ??= new Extras()
    return this.#extras
  }

  /**
   * Runs `act`, which may change this scope and run foreign code, outside any ambient scope; its events come after it.
   * Takes a method and its arguments, because a closure for each transition would be an allocation.
   *
   * @returns whether it changed this scope, also if the stack is exhausted
   */
  #transact<First, Second>(act: (first: First, second: Second) => boolean, first: First, second: Second): boolean {
    const { queue } = this.#ledger
    const epoch = this.#epoch
    try {
      if (ambientScope()) return runOutside(() => this.#transact(act, first, second))
      return queue.allowsTransition(this.scope) && queue.transact(this, act, first, second)
    } catch {
      return this.#epoch !== epoch
    }
  }

  // Reading a reason or the clock runs foreign code. Whatever it does to this scope counts as earlier.

  #begin(given: string | Error, options: WedgeMarkOptions | undefined): boolean {
    const { scope } = this
    const ledger = this.#ledger
    const reason = reasonText(given)
    const cause = causeOf(given, options)
    const since = ledger.now()
    if (this.#wedge !== null) {
      this.#wedge.marks++
      return false
    }
    if (this.#isReleased) {
      if (this.#epoch-- === RELEASED) ledger.log('warn', { scope }, MARK_AFTER_RELEASE)
      return false
    }
    const abort = this.#extras?.aborter(() => new WedgedError(reason, scope, cause))
    this.#reason = reason
    this.#wedge = { since, cause, marks: 1 }
    this.#epoch++
    try {
      ledger.commit('mark', this, since, this.#extras?.channel)
    } catch (exhausted) {
      this.#heal()
      this.#epoch -= 2
      throw exhausted
    }
    if (abort) abort.isDue = true
    this.#extras?.renewSignal()
    ledger.log('error', { scope, reason }, detected(reason))
    abort?.run()
    return true
  }

  /** @param begun the epoch in which an attempt began: only its wedge is ended; without it (a bare `clear()`), any is */
  #succeed(begun: number | undefined, resets: number): boolean {
    const ledger = this.#ledger
    const epoch = begun ?? this.#epoch
    // A bare `clear()` of a healthy scope reads no clock.
    const at = begun === undefined && this.#wedge === null ? null : ledger.now()
    if (this.#isReleased || resets !== ledger.resets) return false
    const clears = at !== null && this.#wedge !== null && this.#epoch === epoch
    const reason = this.#reason
    const settle = clears ? this.#end('clear', at) : undefined
    this.#prove(begun === undefined ? null : at)
    if (clears) this.#tell('clear', reason, settle)
    return clears
  }

  #release(): boolean {
    const { scope } = this
    const ledger = this.#ledger
    const { queue } = ledger
    if (scope === 'default') {
      ledger.log('warn', { scope }, RELEASE_OF_DEFAULT)
      return false
    }
    const at = ledger.now()
    if (this.#isReleased) return false
    const channel = this.#extras?.channel
    const wasWedged = this.#wedge !== null
    const released = ledger.scopesEvent('released', scope, ledger.version + (wasWedged ? 1 : 0))
    const farewell = channel && queue.prepare(channel.recipients('change'), null)
    const reason = this.#reason
    const settle = wasWedged ? this.#end('release', at) : undefined
    this.#epoch = RELEASED
    this.#lastSuccess = undefined
    ledger.states.delete(scope)
    if (released) queue.enqueue(released)
    if (farewell) queue.enqueue(farewell)
    if (wasWedged) this.#tell('release', reason, settle)
    return true
  }

  /** Commits the end of the wedge. @returns a call that tells those who wait for it */
  #end(by: 'clear' | 'release', at: number): CertainCall | undefined {
    const settle = this.#extras?.settler()
    this.#ledger.commit(by, this, at, this.#extras?.channel)
    if (settle) settle.isDue = true
    this.#heal()
    return settle
  }

  #tell(by: 'clear' | 'release', reason: string, settle: CertainCall | undefined): void {
    // Read before the waiters remove their abort listeners, which may run foreign code.
    const line = cleared(by, this.#ledger.wedged.count)
    settle?.run()
    this.#ledger.log('info', { scope: this.scope, reason }, line)
  }

  #heal(): void {
    this.#wedge = null
    this.#reason = ''
    this.#epoch++
  }

  /** Notes a success. The first one is announced. */
  #prove(success: number | null): void {
    const isFirst = this.#lastSuccess === undefined
    if (isFirst) this.#ledger.announce('proven', this.scope)
    if (isFirst || success !== null) this.#lastSuccess = success
  }
}

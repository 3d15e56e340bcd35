import { EventEmitter, type Listener, type Listeners } from './delivery.ts'
import type { Ledger } from './ledger.ts'
import { causeOf, reasonText } from './reason.ts'
import type {
  Unsubscribe,
  WedgeAttempt,
  WedgeChange,
  WedgeChangeListenOptions,
  WedgeMarkOptions,
  WedgeState,
} from './types.ts'
import { WedgedError } from './wedged-error.ts'
import { Listed } from './wedged-list.ts'

/** The wedge in force but for its reason: a clear of many has less to fetch when it need not read this. */
interface Wedge {
  readonly since: number
  readonly cause: unknown
  marks: number
}

/** One scope. Its public face is {@link WedgeState}. */
export class ScopeState extends Listed implements WedgeState {
  declare readonly scope: string
  readonly #ledger: Ledger
  #reason = ''
  #wedge: Wedge | null = null
  /**
   * Even while healthy, odd while wedged; rises with each begin and end, so that an attempt can tell what came since. -1
   * once released; each mark that is ignored then goes further down, and the first one is warned of.
   */
  #epoch = 0
  /** Made when first asked for: a scope that nobody waits for stays small. */
  #listeners: Listeners | null = null

  /** Makes a state healthy and its open attempts inert, for the registry's reset alone. */
  static reset(state: ScopeState): void {
    // As if a wedge had begun and ended: no open attempt counts as begun in this period.
    if (state.#wedge) state.#ledger.wedged.remove(state)
    state.#epoch |= 1
    state.#heal()
  }

  constructor(ledger: Ledger, scope: string) {
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

  // No closure in `mark` and `clear`: one costs a no-op an allocation, made or not.
  mark(reason: string | Error, options?: WedgeMarkOptions): boolean {
    if (this.#wedge === null) return this.#transact('mark', reason, options)
    this.#wedge.marks++
    return false
  }

  clear(): boolean {
    return this.#wedge !== null && this.#transact('clear')
  }

  attempt(): WedgeAttempt {
    const epoch = this.#epoch
    return {
      succeed: () => this.#epoch === epoch && this.clear(),
      // A clear since the attempt began leaves the epoch beyond the wedge that it began in, or was followed by.
      fail: (reason, options) => this.#epoch <= (epoch | 1) && this.mark(reason, options),
    }
  }

  get signal(): AbortSignal {
    this.#listeners ??= new EventEmitter() as Listeners
    this.#listeners.controller ??= new AbortController()
    return this.#listeners.controller.signal
  }

  on(event: 'change', listener: (event: WedgeChange) => unknown, options?: WedgeChangeListenOptions): Unsubscribe {
    this.#listeners ??= new EventEmitter()
    const wedged = this.#wedge ? [this] : []
    const unsubscribe = this.#ledger.on(this.#listeners, ['change'], wedged, event, listener as Listener, options)
    if (this.#epoch < 0) unsubscribe()
    return unsubscribe
  }

  healthy({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#listeners ??= new EventEmitter() as Listeners
      this.#listeners.cleared ??= new Set()
      const waiters = this.#listeners.cleared
      const settle = (): void => {
        waiters.delete(settle)
        signal?.removeEventListener('abort', settle)
        if (signal?.aborted) reject(signal.reason)
        else resolve()
      }
      signal?.addEventListener('abort', settle)
      waiters.add(settle)
      if (!this.#wedge || signal?.aborted) settle()
    })
  }

  release(): boolean {
    const { scope } = this
    if (scope !== 'default') return this.#transact('release')
    this.#ledger.log('warn', { scope }, 'runtime wedge release ignored: its scope is the default')
    return false
  }

  /** The reason and the clock are foreign code: what they did to this scope came first. */
  #transact(by: WedgeChange['by'], reason?: string | Error, options?: WedgeMarkOptions): boolean {
    const epoch = this.#epoch
    const ledger = this.#ledger
    const changed =
      ledger.hold() &&
      (by === 'mark'
        ? this.#begin(reasonText(reason), causeOf(reason, options), ledger.now())
        : this.#end(by, epoch, ledger.now()))
    ledger.flush()
    return changed
  }

  #begin(text: string, cause: unknown, since: number): boolean {
    const { scope } = this
    const ledger = this.#ledger
    if (this.#wedge !== null) return this.mark(text)
    if (this.#epoch < 0) {
      if (this.#epoch-- === -1) ledger.log('warn', { scope }, 'runtime wedge mark ignored: its scope was released')
      return false
    }
    const listeners = this.#listeners
    const controller = listeners?.controller
    if (listeners) listeners.controller = undefined
    this.#reason = text
    this.#wedge = { since, cause, marks: 1 }
    this.#epoch++
    ledger.commit('mark', this, since, listeners)
    ledger.log(
      'error',
      { scope, reason: text },
      `runtime wedge detected: ${text} — workspace will report degraded until cleared`,
    )
    controller?.abort(new WedgedError(text, scope, cause))
    return true
  }

  /** Ends the wedge, if there is one; by a release, the scope too. */
  #end(by: 'clear' | 'release', epoch: number, at: number): boolean {
    const { scope } = this
    const ledger = this.#ledger
    const listeners = this.#listeners
    const isWedged = this.#wedge !== null
    const reason = this.#reason
    const releases = by === 'release'
    if (releases ? this.#epoch < 0 : this.#epoch !== epoch) return false
    if (isWedged) {
      ledger.commit(by, this, at, listeners)
      this.#heal()
    }
    if (releases) {
      this.#epoch = -1
      ledger.states.delete(scope)
      ledger.announce('released', scope)
      if (listeners) ledger.push(listeners, 'change', null)
    }
    if (isWedged) {
      const { count } = ledger.wedged
      ledger.log(
        'info',
        { scope, reason },
        (releases
          ? 'runtime wedge released with its scope — '
          : 'runtime wedge cleared after successful operation — ') +
          (count
            ? `${count} still wedged, workspace stays degraded`
            : 'workspace will recover to online on next heartbeat'),
      )
    }
    return true
  }

  #heal(): void {
    this.#wedge = null
    this.#reason = ''
    this.#epoch++
    this.#listeners?.cleared?.forEach(settle => {
      settle()
    })
  }
}

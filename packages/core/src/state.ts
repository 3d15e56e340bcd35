import { type Listener, type Listeners, newListeners } from './delivery.ts'
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
import type { Wedge } from './wedged-list.ts'

export const DEFAULT_SCOPE = 'default'

/** One scope. Its public face is {@link WedgeState}. */
export class ScopeState implements WedgeState {
  readonly scope: string
  readonly #ledger: Ledger
  #wedge: Wedge<ScopeState> | null = null
  /** Even while healthy, odd while wedged; rises with each begin and end, so that an attempt can tell what came since. */
  #epoch = 0
  /** Made, as the next, when first asked for: a healthy scope stays small. */
  #listeners: Listeners | undefined
  #controller: AbortController | undefined
  #inert: 'released' | 'warned' | undefined

  /** Makes a state healthy and its open attempts inert, for the registry's reset alone. */
  static reset(state: ScopeState): void {
    // As if a wedge had begun and ended: no open attempt counts as begun in this period.
    state.#epoch |= 1
    state.#heal()
  }

  constructor(ledger: Ledger, scope: string) {
    this.#ledger = ledger
    this.scope = scope
  }

  isWedged(): boolean {
    return this.#wedge !== null
  }

  reason(): string {
    return this.#wedge?.reason ?? ''
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
    if (this.#wedge === null) return this.#transact('mark', null, reason, options)
    this.#wedge.marks++
    return false
  }

  clear(): boolean {
    return this.#wedge !== null && this.#transact('clear', this.#wedge)
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
    this.#controller ??= new AbortController()
    return this.#controller.signal
  }

  on(event: 'change', listener: (event: WedgeChange) => unknown, options?: WedgeChangeListenOptions): Unsubscribe {
    this.#listeners ??= newListeners()
    const wedged = this.#wedge ? [this.#wedge] : []
    const unsubscribe = this.#ledger.on(this.#listeners, ['change'], wedged, event, listener as Listener, options)
    if (this.#inert) unsubscribe()
    return unsubscribe
  }

  healthy({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      const wedge = this.#wedge
      const settle = (): void => {
        wedge?.waiters?.delete(settle)
        signal?.removeEventListener('abort', settle)
        if (signal?.aborted) reject(signal.reason)
        else resolve()
      }
      if (!wedge || signal?.aborted) return settle()
      signal?.addEventListener('abort', settle)
      wedge.waiters ??= new Set()
      wedge.waiters.add(settle)
    })
  }

  release(): boolean {
    const { scope } = this
    if (scope === DEFAULT_SCOPE) this.#ledger.log('warn', { scope }, 'runtime wedge scope "default" cannot be released')
    else if (!this.#inert) return this.#transact('release', null)
    return false
  }

  /** `wedge` is the one to clear. The reason and the clock are foreign code: what they did to this scope came first. */
  #transact(
    by: WedgeChange['by'],
    wedge: Wedge<ScopeState> | null,
    reason?: string | Error,
    options?: WedgeMarkOptions,
  ): boolean {
    const ledger = this.#ledger
    const changed =
      ledger.queue.hold() &&
      (by === 'mark'
        ? this.#begin(reasonText(reason), causeOf(reason, options), ledger.now())
        : this.#end(by, wedge, ledger.now()))
    ledger.queue.flush()
    return changed
  }

  #begin(text: string, cause: unknown, since: number): boolean {
    const ledger = this.#ledger
    const { scope } = this
    if (this.#wedge) return this.mark(text)
    if (this.#inert) {
      if (this.#inert === 'released')
        ledger.log('warn', { scope }, 'runtime wedge mark ignored: its scope was released')
      this.#inert = 'warned'
      return false
    }
    const controller = this.#controller
    this.#controller = undefined
    const wedge = {
      state: this,
      scope,
      reason: text,
      since,
      cause,
      marks: 1,
      waiters: undefined,
      older: null,
      newer: null,
    }
    this.#wedge = wedge
    this.#epoch++
    ledger.commit('mark', wedge, since, this.#listeners)
    ledger.log(
      'error',
      { scope, reason: text },
      `runtime wedge detected: ${text} — workspace will report degraded until cleared`,
    )
    controller?.abort(new WedgedError(text, scope, cause))
    return true
  }

  /** Ends the wedge, if there is one; by a release, the scope too. */
  #end(by: 'clear' | 'release', cleared: Wedge<ScopeState> | null, at: number): boolean {
    const { scope } = this
    const ledger = this.#ledger
    const wedge = this.#wedge
    const listeners = this.#listeners
    if (by === 'release' ? this.#inert : wedge !== cleared) return false
    if (wedge) ledger.commit(by, wedge, at, listeners)
    if (by === 'release') {
      this.#inert = 'released'
      ledger.states.delete(scope)
      ledger.announce('released', scope)
      if (listeners) ledger.queue.push(listeners, 'change', null)
    }
    if (wedge) {
      this.#heal()
      const what =
        by === 'release'
          ? 'runtime wedge released with its scope — '
          : 'runtime wedge cleared after successful operation — '
      const { count } = ledger.wedged
      const next = count
        ? `${count} still wedged, workspace stays degraded`
        : 'workspace will recover to online on next heartbeat'
      ledger.log('info', { scope, reason: wedge.reason }, what + next)
    }
    return true
  }

  #heal(): void {
    const wedge = this.#wedge
    this.#wedge = null
    this.#epoch++
    wedge?.waiters?.forEach(wake => {
      wake()
    })
  }
}

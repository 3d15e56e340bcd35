import { type Channel, type Listener, newChannel } from './delivery.ts'
import { invalid } from './invalid.ts'
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

/** What only some scopes need; made when first asked for, so that a healthy scope stays small. */
interface Extras {
  channel?: Channel
  controller?: AbortController | undefined
  waiters?: Set<() => void> | undefined
}

/** Makes a state healthy and its open attempts inert, for the registry's reset alone. */
export let resetState: (state: ScopeState) => void

/** One scope. Its public face is {@link WedgeState}. */
export class ScopeState implements WedgeState {
  readonly scope: string
  readonly #ledger: Ledger
  #wedge: Wedge<ScopeState> | null = null
  /** Even while healthy, odd while wedged; rises with each begin and end, so that an attempt can tell what came since. */
  #epoch = 0
  #extras: Extras | null = null
  #life: 'live' | 'released' | 'warned' = 'live'

  static {
    resetState = state => {
      if (state.#wedge) state.#ledger.wedged.remove(state.#wedge)
      // As if a wedge had begun and ended: no open attempt counts as begun in this period.
      state.#epoch |= 1
      state.#heal()
    }
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
    const extras = this.#extra()
    extras.controller ??= new AbortController()
    return extras.controller.signal
  }

  on(event: 'change', listener: (event: WedgeChange) => unknown, options?: WedgeChangeListenOptions): Unsubscribe {
    if (event !== 'change') throw invalid('state.on() needs "change"', event, 'The registry has the others.')
    const ledger = this.#ledger
    const extras = this.#extra()
    extras.channel ??= newChannel()
    const initial = options?.initial && this.#wedge ? [ledger.changeOf(this.#wedge)] : []
    const unsubscribe = ledger.queue.on(extras.channel, event, listener as Listener, options, initial)
    if (this.#life !== 'live') unsubscribe()
    return unsubscribe
  }

  healthy({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        waiters.delete(wake)
        reject(signal?.reason)
      }
      const wake = (): void => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      const extras = this.#extra()
      extras.waiters ??= new Set()
      const { waiters } = extras
      if (signal?.aborted) return abort()
      if (!this.#wedge) return resolve()
      waiters.add(wake)
      signal?.addEventListener('abort', abort)
    })
  }

  release(): boolean {
    const { scope } = this
    if (scope === DEFAULT_SCOPE) this.#ledger.log('warn', { scope }, 'runtime wedge scope "default" cannot be released')
    else if (this.#life === 'live') return this.#transact('release', null)
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
    if (this.#life !== 'live') {
      if (this.#life === 'released')
        ledger.log('warn', { scope }, `runtime wedge mark ignored: scope ${JSON.stringify(scope)} was released`)
      this.#life = 'warned'
      return false
    }
    const wedge = { state: this, scope, reason: text, since, cause, marks: 1, older: null, newer: null }
    const extras = this.#extras
    const controller = extras?.controller
    if (extras) extras.controller = undefined
    this.#wedge = wedge
    this.#epoch++
    ledger.commit('mark', wedge, since, extras?.channel)
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
    const channel = this.#extras?.channel
    const releases = by === 'release'
    if (releases ? this.#life !== 'live' : wedge !== cleared) return false
    if (releases) {
      this.#life = 'released'
      ledger.states.delete(scope)
    }
    if (wedge) ledger.commit(by, wedge, at, channel)
    if (releases) {
      ledger.announce('released', scope)
      if (channel) ledger.queue.push(channel, null)
    }
    if (wedge) {
      this.#heal()
      const what = releases
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
    this.#wedge = null
    this.#epoch++
    const waiters = this.#extras?.waiters
    if (!waiters) return
    this.#extras!.waiters = undefined
    for (const wake of waiters) wake()
  }

  #extra(): Extras {
    this.#extras ??= {}
    return this.#extras
  }
}

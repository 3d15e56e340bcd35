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
import { Wedge } from './wedged-list.ts'

export const DEFAULT_SCOPE = 'default'

/** What only some scopes need; made when first asked for, so that a healthy scope stays small. */
interface Extras {
  channel: Channel | undefined
  controller: AbortController | undefined
  waiters: Set<() => void> | undefined
}

/** What `Attempt` and the registry may do to a state, and nobody else. */
export let resetState: (state: ScopeState) => void
let succeedSince: (state: ScopeState, epoch: number) => boolean
let failSince: (state: ScopeState, epoch: number, reason: string | Error, options?: WedgeMarkOptions) => boolean

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
      state.#wedge = null
      // To the next even number but one: no open attempt counts as begun in this period.
      state.#epoch = (state.#epoch | 1) + 1
      state.#wake()
    }
    succeedSince = (state, epoch) => state.#wedge !== null && state.#epoch === epoch && state.#end(state.#wedge)
    // A clear since the attempt began leaves the epoch beyond the wedge that it began in, or was followed by.
    failSince = (state, epoch, reason, options) => state.#epoch <= (epoch | 1) && state.mark(reason, options)
  }

  constructor(ledger: Ledger, scope: string) {
    this.#ledger = ledger
    this.scope = scope
  }

  isWedged(): boolean {
    return this.#wedge !== null
  }

  reason(): string {
    return this.#wedge === null ? '' : this.#wedge.reason
  }

  get since(): number | null {
    return this.#wedge === null ? null : this.#wedge.since
  }

  get marks(): number {
    return this.#wedge === null ? 0 : this.#wedge.marks
  }

  get cause(): unknown {
    return this.#wedge === null ? undefined : this.#wedge.cause
  }

  mark(reason: string | Error, options?: WedgeMarkOptions): boolean {
    if (this.#wedge !== null) {
      this.#wedge.marks++
      return false
    }
    return this.#begin(reason, options)
  }

  clear(): boolean {
    return this.#wedge !== null && this.#end(this.#wedge)
  }

  attempt(): WedgeAttempt {
    return new Attempt(this, this.#epoch)
  }

  get signal(): AbortSignal {
    const extras = this.#extra()
    extras.controller ??= new AbortController()
    return extras.controller.signal
  }

  on(event: 'change', listener: (event: WedgeChange) => unknown, options?: WedgeChangeListenOptions): Unsubscribe {
    if (event !== 'change') throw invalid('state.on() needs "change"', event, 'The others are on the registry.')
    const isLive = this.#life === 'live'
    const channel = isLive ? this.#channel() : newChannel()
    const initial = options?.initial === true && this.#wedge !== null ? [this.#ledger.initialChange(this.#wedge)] : []
    const unsubscribe = this.#ledger.queue.on(channel, event, listener as Listener, options, initial)
    if (!isLive) unsubscribe()
    return unsubscribe
  }

  healthy(options?: { readonly signal?: AbortSignal | undefined }): Promise<void> {
    return new Promise((resolve, reject) => {
      const signal = options?.signal
      if (signal?.aborted === true) return reject(signal.reason)
      if (this.#wedge === null) return resolve()
      const extras = this.#extra()
      extras.waiters ??= new Set()
      const { waiters } = extras
      const abort = (): void => {
        waiters.delete(wake)
        reject(signal?.reason)
      }
      const wake = (): void => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      signal?.addEventListener('abort', abort, { once: true })
      waiters.add(wake)
    })
  }

  release(): boolean {
    const ledger = this.#ledger
    if (this.scope === DEFAULT_SCOPE) {
      ledger.log('warn', { scope: DEFAULT_SCOPE }, 'runtime wedge scope "default" cannot be released')
      return false
    }
    if (this.#life !== 'live') return false
    const releases = ledger.queue.hold() && this.#releaseAt(ledger.now())
    ledger.queue.flush()
    return releases
  }

  #releaseAt(at: number): boolean {
    if (this.#life !== 'live') return false
    const wedge = this.#wedge
    this.#life = 'released'
    if (wedge !== null) this.#heal()
    this.#ledger.remove(this, wedge, at, this.#extras?.channel)
    if (wedge !== null) {
      this.#wake()
      this.#ledger.logEnd('release', wedge)
    }
    return true
  }

  #begin(reason: string | Error, options: WedgeMarkOptions | undefined): boolean {
    const ledger = this.#ledger
    if (this.#life !== 'live') return this.#refuse()
    const begins = ledger.queue.hold() && this.#beginAt(reasonText(reason), causeOf(reason, options), ledger.now())
    ledger.queue.flush()
    return begins
  }

  #beginAt(text: string, cause: unknown, at: number): boolean {
    // The reason and the clock are foreign code: what they did to this scope came first.
    if (this.#life !== 'live') return this.#refuse()
    if (this.#wedge !== null) return this.mark(text)

    const ledger = this.#ledger
    const { scope } = this
    const extras = this.#extras
    const controller = extras?.controller
    if (extras !== null) extras.controller = undefined
    this.#wedge = new Wedge<ScopeState>(this, scope, text, at, cause)
    this.#epoch++
    ledger.begin(this.#wedge, extras?.channel)
    ledger.log(
      'error',
      { scope, reason: text },
      `runtime wedge detected: ${text} — workspace will report degraded until cleared`,
    )
    controller?.abort(new WedgedError(text, scope, cause))
    return true
  }

  #end(wedge: Wedge<ScopeState>): boolean {
    const ledger = this.#ledger
    const ends = ledger.queue.hold() && this.#endAt(ledger.now(), wedge)
    ledger.queue.flush()
    return ends
  }

  #endAt(at: number, wedge: Wedge<ScopeState>): boolean {
    // The clock is foreign code: it may have ended this wedge itself.
    if (this.#wedge !== wedge) return false
    this.#heal()
    this.#ledger.end('clear', wedge, at, this.#extras?.channel)
    this.#wake()
    this.#ledger.logEnd('clear', wedge)
    return true
  }

  #heal(): void {
    this.#wedge = null
    this.#epoch++
  }

  /** Resolves what waits in `healthy()`. */
  #wake(): void {
    const waiters = this.#extras?.waiters
    if (waiters === undefined) return
    this.#extras!.waiters = undefined
    for (const wake of waiters) wake()
  }

  #refuse(): false {
    if (this.#life === 'released') {
      this.#life = 'warned'
      const { scope } = this
      this.#ledger.log('warn', { scope }, `runtime wedge mark ignored: scope ${JSON.stringify(scope)} was released`)
    }
    return false
  }

  #extra(): Extras {
    this.#extras ??= { channel: undefined, controller: undefined, waiters: undefined }
    return this.#extras
  }

  #channel(): Channel {
    const extras = this.#extra()
    extras.channel ??= newChannel()
    return extras.channel
  }
}

class Attempt implements WedgeAttempt {
  readonly #state: ScopeState
  readonly #epoch: number

  constructor(state: ScopeState, epoch: number) {
    this.#state = state
    this.#epoch = epoch
  }

  succeed(): boolean {
    return succeedSince(this.#state, this.#epoch)
  }

  fail(reason: string | Error, options?: WedgeMarkOptions): boolean {
    return failSince(this.#state, this.#epoch, reason, options)
  }
}

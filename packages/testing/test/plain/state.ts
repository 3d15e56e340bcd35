import {
  type Unsubscribe,
  type WedgeAttempt,
  type WedgeChangeListenOptions,
  WedgedError,
  type WedgeMarkOptions,
  type WedgeState,
} from '@runtime-wedge/core'
import { PlainChannel } from './delivery.ts'
import type { Flaw } from './flaws.ts'
import { textOf } from './reason.ts'
import type { PlainRegistry } from './registry.ts'

export interface PlainWedge {
  reason: string
  since: number
  cause: unknown
  marks: number
}

export class PlainState implements WedgeState {
  readonly scope: string
  readonly channel: PlainChannel
  wedge: PlainWedge | null = null
  readonly #registry: PlainRegistry
  readonly #waiters: (() => void)[] = []
  #controller = new AbortController()
  #ended = 0
  #released = false
  #warned = false

  constructor(registry: PlainRegistry, scope: string, channel: PlainChannel) {
    this.#registry = registry
    this.scope = scope
    this.channel = channel
  }

  get since(): number | null {
    return this.wedge?.since ?? null
  }

  get marks(): number {
    return this.wedge?.marks ?? 0
  }

  get cause(): unknown {
    return this.wedge?.cause
  }

  get signal(): AbortSignal {
    return this.wedge !== null && this.#has('the signal is already aborted')
      ? AbortSignal.abort()
      : this.#controller.signal
  }

  isWedged(): boolean {
    return this.wedge !== null
  }

  reason(): string {
    return this.wedge?.reason ?? ''
  }

  mark(given: string | Error, options?: WedgeMarkOptions): boolean {
    const registry = this.#registry
    if (this.wedge !== null) return this.#repeat(this.wedge, given, options)
    if (this.#released && !this.#has('released handles resurrect')) return this.#refuse()
    const cause = options?.cause ?? (typeof given === 'string' ? undefined : given)
    const wedge = { reason: textOf(given, registry.flaw), since: registry.now(), cause, marks: 1 }
    if (this.wedge !== null && !this.#has('the reason marks unseen')) return this.#repeat(this.wedge, wedge.reason)
    const controller = this.#controller
    const log = (): void => registry.log('error', { scope: this.scope }, `wedged: ${wedge.reason}`)
    if (this.#has('logged before the commit')) log()
    registry.commit('wedged', 'mark', this, wedge, wedge.since, () => {
      this.wedge = wedge
      this.#controller = new AbortController()
      registry.wedged = [...registry.wedged.filter(state => state !== this), this]
    })
    const error = new WedgedError(wedge.reason, this.#has('the signal says too little') ? '' : this.scope, cause)
    registry.delivery.around(() => {
      if (!this.#has('logged before the commit')) log()
      if (this.#has('the signal aborts later')) queueMicrotask(() => controller.abort(error))
      else controller.abort(error)
    })
    return true
  }

  clear(): boolean {
    const registry = this.#registry
    for (const other of [...registry.wedged]) {
      const alike = this.#has('a prefix is enough') && other.scope.startsWith(this.scope)
      if (other !== this && (alike || this.#has('one flag for all'))) other.#end()
    }
    if (this.wedge === null && this.#has('no-ops are logged')) registry.log('info', {}, 'still healthy')
    return this.#end()
  }

  attempt(): WedgeAttempt {
    const { wedge } = this
    const ended = this.#ended
    const target = (): PlainState =>
      this.#has('old attempts act on the new state') ? (this.#registry.states.get(this.scope) ?? this) : this
    return {
      succeed: () => {
        const same = wedge === target().wedge || this.#has('any wedge counts as the same')
        return ((wedge !== null && same) || this.#has('stale success clears')) && target().#end()
      },
      fail: (reason, options) =>
        (target().#ended === ended || this.#has('stale failure marks')) &&
        !(this.wedge !== null && this.#has('failures are not counted')) &&
        target().mark(reason, options),
    }
  }

  on(event: string, listener: (event: never) => unknown, options?: WedgeChangeListenOptions): Unsubscribe {
    if (event !== 'change') throw new TypeError(`a state has no event ${String(event)}`)
    const channel = this.#released ? new PlainChannel('change') : this.channel
    return this.#registry.listen(channel, listener, options, this.wedge === null ? [] : [this])
  }

  healthy({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.wedge === null) resolve()
      else this.#waiters.push(resolve)
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
  }

  release(): boolean {
    const registry = this.#registry
    if (this.scope === 'default' && !this.#has('the default is released')) {
      registry.log('warn', {}, 'the default scope cannot be released')
      return false
    }
    if (this.#released) return false
    const { wedge } = this
    const at = registry.now()
    const late = this.#has('has() is true inside the release')
    const leave = (): void => {
      if (!late) registry.states.delete(this.scope)
      this.#released = true
      if (!this.#has('a release keeps the wedge')) this.#heal()
    }
    if (this.#has('released after the log line')) registry.log('info', { scope: this.scope }, 'released')
    const by = this.#has('a release looks like a clear') ? 'clear' : 'release'
    if (wedge === null) leave()
    else registry.commit('cleared', by, this, wedge, at, leave)
    registry.announce('released', this.scope)
    registry.delivery.around(() => this.#wake())
    if (late) registry.states.delete(this.scope)
    return true
  }

  #end(): boolean {
    const registry = this.#registry
    const { wedge } = this
    if (wedge === null) return false
    const at = registry.now()
    if (this.wedge !== wedge) return this.#has('the clock clears unseen')
    registry.commit('cleared', 'clear', this, wedge, at, () => this.#heal())
    registry.delivery.around(() => {
      this.#wake()
      if (this.#has('transitions are not logged')) return
      registry.log('info', { scope: this.scope }, `works again: ${wedge.reason}`)
    })
    return true
  }

  #heal(): void {
    this.wedge = null
    this.#ended++
    this.#registry.wedged = this.#registry.wedged.filter(state => state !== this)
  }

  #wake(): void {
    if (this.#has("a released handle's signal aborts") && this.#released) this.#controller.abort()
    for (const wake of this.#waiters.splice(0)) if (this.#released || !this.#has('waiters are forgotten')) wake()
  }

  #repeat(wedge: PlainWedge, given: string | Error, options?: WedgeMarkOptions): false {
    const registry = this.#registry
    if (!this.#has('repeats are not counted')) wedge.marks++
    if (this.#has('last write wins')) wedge.reason = textOf(given, undefined)
    if (this.#has('a repeat moves since')) wedge.since = registry.now()
    if (this.#has('a repeat replaces the cause')) wedge.cause = options?.cause
    if (this.#has('a repeat reads its reason')) textOf(given, undefined)
    if (this.#has('no-ops are logged')) registry.log('info', {}, 'still wedged')
    if (this.#has('no-ops are told')) registry.delivery.push(this.channel, { type: 'wedged', scope: this.scope })
    if (this.#has('no-ops are told')) registry.delivery.around(() => {})
    return false
  }

  #refuse(): false {
    if (!this.#warned || this.#has('a warning each time')) {
      this.#registry.log('warn', { scope: this.scope }, 'this handle was released')
    }
    this.#warned = true
    return false
  }

  #has(flaw: Flaw): boolean {
    return this.#registry.flaw === flaw
  }
}

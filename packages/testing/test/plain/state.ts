import {
  type Unsubscribe,
  type WedgeAttempt,
  type WedgeChangeListenOptions,
  WedgedError,
  type WedgeMarkOptions,
} from '@runtime-wedge/core'
import type { StateUnderTest } from '@runtime-wedge/testing/fast-check'
import { outside } from './ambient.ts'
import { PlainChannel } from './delivery.ts'
import { PlainEvidence, type PlainSuccess } from './evidence.ts'
import type { Flaw } from './flaws.ts'
import { textOf } from './reason.ts'
import type { PlainRegistry } from './registry.ts'

export interface PlainWedge {
  reason: string
  since: number
  cause: unknown
  marks: number
}

export class PlainState implements StateUnderTest {
  readonly scope: string
  readonly channel: PlainChannel
  readonly evidence: PlainEvidence
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
    this.evidence = new PlainEvidence(registry, scope)
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

  get proven(): boolean | undefined {
    return this.#registry.keepsEvidence ? this.evidence.proven : undefined
  }

  get lastSuccess(): number | null | undefined {
    return this.#registry.keepsEvidence ? this.evidence.lastSuccess : undefined
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
    if (this.#has('proven by a mark')) this.evidence.note('clear', null)
    if (this.#has('evidence is lost at the next wedge')) this.evidence.forget()
    const error = new WedgedError(wedge.reason, this.#has('the signal says too little') ? '' : this.scope, cause)
    const abort = (): void => outside(() => controller.abort(error), this.#has('abort listeners run inside'))
    registry.delivery.around(() => {
      if (!this.#has('logged before the commit')) log()
      if (this.#has('the signal aborts later')) queueMicrotask(abort)
      else abort()
    })
    return true
  }

  clear(): boolean {
    const registry = this.#registry
    for (const other of [...registry.wedged]) {
      const alike = this.#has('a prefix is enough') && other.scope.startsWith(this.scope)
      if (other !== this && (alike || this.#has('one flag for all'))) other.#succeed('clear', null)
    }
    if (this.wedge === null && this.#has('no-ops are logged')) registry.log('info', {}, 'still healthy')
    if (this.#has('a clear when healthy reads the clock')) registry.now()
    return this.#succeed('clear', null)
  }

  attempt(): WedgeAttempt {
    const { wedge } = this
    const ended = this.#ended
    const target = (): PlainState =>
      this.#has('old attempts act on the new state') ? (this.#registry.states.get(this.scope) ?? this) : this
    return {
      succeed: () => {
        const same = wedge === target().wedge || this.#has('any wedge counts as the same')
        const ends = (wedge !== null && same) || this.#has('stale success clears')
        return target().#succeed(ends ? 'succeed' : 'stale succeed', this.#registry.now())
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
      this.evidence.forget()
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

  /** A success is evidence, and ends the wedge in force unless it is stale. */
  #succeed(by: PlainSuccess, time: number | null): boolean {
    const registry = this.#registry
    const wedge = by === 'stale succeed' ? null : this.wedge
    const at = wedge === null ? 0 : registry.now()
    if (this.#released && !this.#has('a release keeps the wedge')) return false
    if (wedge === null || this.wedge !== wedge) {
      if (this.#notes(by, time)) registry.delivery.around(() => {})
      return wedge !== null && this.#has('the clock clears unseen')
    }
    const isEarly = this.#has('proven is told before the change')
    const isLate = this.#has('proven is set after the change is told')
    if (isEarly) this.#notes(by, time)
    registry.commit('cleared', 'clear', this, wedge, at, () => this.#heal())
    if (!isEarly && !isLate) this.#notes(by, time)
    registry.delivery.around(() => {
      this.#wake()
      if (this.#has('transitions are not logged')) return
      registry.log('info', { scope: this.scope }, `works again: ${wedge.reason}`)
    })
    if (isLate && this.#notes(by, time)) registry.delivery.around(() => {})
    return true
  }

  #notes(by: PlainSuccess, time: number | null): boolean {
    const isTold = this.#registry.keepsEvidence || this.#has('told of evidence that is not kept')
    return isTold && this.evidence.note(by, time)
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

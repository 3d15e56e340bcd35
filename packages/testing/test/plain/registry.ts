import type {
  Unsubscribe,
  WedgeAggregate,
  WedgeChange,
  WedgeChangeListenOptions,
  WedgeLogger,
  WedgeSnapshot,
} from '@runtime-wedge/core'
import type { MakeRegistry, RegistryUnderTest, StateUnderTest } from '@runtime-wedge/testing/fast-check'
import { aggregateChanges, aggregateOf, primaryOf } from './aggregate.ts'
import { ambientScope, inside, lazily, outside, type PlainScope } from './ambient.ts'
import { PlainChannel, PlainDelivery } from './delivery.ts'
import type { Flaw, PlainOptions } from './flaws.ts'
import { plainObjectMap } from './keys.ts'
import { PlainState, type PlainWedge } from './state.ts'

/** Fields that a later version may add. */
const LATER = { severity: 'all of it' }

/**
 * A registry written from the laws alone, in the plainest way, with nothing of the real one: it must pass the kit. What the
 * laws leave open, it does differently from the real one. Each flaw breaks it in one place, which the kit must find.
 */
export class PlainRegistry implements RegistryUnderTest {
  logger: WedgeLogger
  readonly flaw: Flaw | undefined
  readonly keepsEvidence: boolean
  readonly delivery: PlainDelivery
  readonly states: Map<string, PlainState>
  readonly everProven = new Set<string>()
  /** In order of marking. */
  wedged: PlainState[] = []
  readonly #now: () => number
  readonly #changes = new PlainChannel('change')
  readonly #aggregates = new PlainChannel('aggregate')
  readonly #scopes = new PlainChannel('scopes')
  readonly #inherited = new Map<string, PlainChannel>()
  #version = 0
  #wedgedSince: number | null = null
  #snapshot: WedgeSnapshot | undefined

  constructor({ logger, now }: Parameters<MakeRegistry>[0], { flaw, keepsEvidence = true }: PlainOptions = {}) {
    this.logger = logger
    this.flaw = flaw
    this.keepsEvidence = keepsEvidence && flaw !== 'told of evidence that is not kept'
    this.#now = now
    this.delivery = new PlainDelivery(flaw, (fields, message) => this.log('error', fields, message, false))
    this.states = flaw === 'keys of a plain object' ? plainObjectMap() : new Map()
    this.scope('default')
  }

  get default(): StateUnderTest {
    return this.states.get('default')!
  }

  get size(): number {
    return this.states.size
  }

  get wedgedCount(): number {
    return this.wedged.length
  }

  get current(): StateUnderTest {
    const ambient = ambientScope(this.flaw)
    const mine = ambient?.owner === this || this.flaw === "another registry's ambient scope"
    if (ambient === undefined || !mine) return this.scope('default')
    return this.flaw === 'run binds to the key' ? this.scope(ambient.key) : (ambient.state as StateUnderTest)
  }

  scope(key: string): StateUnderTest {
    const found = this.states.get(key)
    if (found !== undefined && this.flaw !== 'a new handle each time') return found
    if (typeof key !== 'string' || (key === '' && this.flaw !== 'the empty key')) {
      throw new TypeError(`a key must be a non-empty string, got ${key === '' ? '""' : typeof key}`)
    }
    const channel = this.#inherited.get(key) ?? new PlainChannel('change')
    if (this.flaw === 'listeners are inherited') this.#inherited.set(key, channel)
    const state = new PlainState(this, key, channel)
    this.states.set(key, state)
    this.announce('added', key)
    this.delivery.around(() => {})
    return state
  }

  has(key: string): boolean {
    return this.states.has(key)
  }

  release(key: string): boolean {
    return this.states.get(key)?.release() ?? false
  }

  run<T>(key: string, fn: () => T): T {
    const ambient = this.#ambient(key)
    const result = inside(ambient, fn)
    return this.flaw === 'what runs later runs outside' ? result : lazily(result, ambient)
  }

  bind<Fn extends (...args: never[]) => unknown>(key: string, fn: Fn): Fn {
    const ambient = this.#ambient(key)
    return function (this: unknown, ...args: unknown[]) {
      return inside(ambient, () => Reflect.apply(fn, this, args))
    } as unknown as Fn
  }

  isWedged(): boolean {
    return this.wedged.length > 0
  }

  reason(): string {
    return this.#aggregate().reason
  }

  /** The primary first, then the newest: only the former is promised. */
  wedgedStates(): PlainState[] {
    const primary = this.#primary()
    const others = this.wedged.filter(state => state !== primary).reverse()
    return primary === undefined ? [] : [primary, ...others]
  }

  [Symbol.iterator](): Iterator<StateUnderTest> {
    return this.states.values()
  }

  toJSON(): WedgeSnapshot {
    return this.snapshot()
  }

  snapshot(): WedgeSnapshot {
    const stale = this.flaw === 'a stale snapshot' && this.wedged.length > 1
    if (this.#snapshot !== undefined && (stale || this.#snapshot.version === this.#version)) return this.#snapshot
    const scopes = this.wedgedStates().map(({ scope, wedge }) =>
      Object.freeze({ scope, reason: wedge!.reason, since: wedge!.since, ...LATER }),
    )
    const aggregate = this.#aggregate()
    const wedgedSince = this.flaw === "wedgedSince is the primary's" ? aggregate.since : this.#wedgedSince
    const snapshot = { ...aggregate, wedgedSince, version: this.#version, scopes: Object.freeze(scopes), ...LATER }
    this.#snapshot = this.flaw === 'a mutable snapshot' ? snapshot : Object.freeze(snapshot)
    return this.#snapshot
  }

  on(event: string, listener: (event: never) => unknown, options?: WedgeChangeListenOptions): Unsubscribe {
    const channel = [this.#changes, this.#aggregates, this.#scopes].find(({ event: name }) => name === event)
    if (channel === undefined && this.flaw !== 'unknown events') throw new TypeError(`no event ${String(event)}`)
    const states = this.wedgedStates()
    if (this.flaw === 'initial events newest first') states.reverse()
    return this.listen(channel ?? new PlainChannel(event), listener, options, states)
  }

  listen(
    channel: PlainChannel,
    listener: (event: never) => unknown,
    options: WedgeChangeListenOptions | undefined,
    wedged: readonly PlainState[],
  ): Unsubscribe {
    const unsubscribe = this.delivery.subscribe(channel, listener, options)
    if (options?.initial === true) {
      const events = wedged.map(({ scope, wedge }) => {
        const { reason, since } = wedge!
        const [version, aggregate] = [this.#version, this.#aggregate()]
        return Object.freeze({ type: 'wedged', by: 'mark', scope, reason, since, at: since, version, aggregate })
      })
      this.delivery.tellAlone(unsubscribe.listener, events)
    }
    return unsubscribe
  }

  now(): number {
    try {
      const at = this.#now()
      if (Number.isFinite(at) || this.flaw === 'a time that is not a number') return at
    } catch (error) {
      if (this.flaw === 'throwing clock leaks') throw error
    }
    return Date.now()
  }

  log(level: keyof WedgeLogger, fields: object, message: string, leaks = this.flaw === 'throwing logger leaks'): void {
    try {
      outside(() => this.logger[level](fields, message), this.flaw === 'loggers run inside')
    } catch (error) {
      if (leaks) throw error
    }
  }

  /** Here the version also rises with scopes that come and go. */
  announce(type: 'added' | 'released', scope: string): void {
    this.#version++
    if (scope !== 'default') this.delivery.push(this.#scopes, Object.freeze({ type, scope, version: this.#version }))
  }

  announceProof(scope: string): void {
    if (this.flaw === 'proven without an event') return
    if (this.flaw === 'the default is proven without an event' && scope === 'default') return
    if (this.flaw === 'proven is a transition') this.#version++
    if (this.flaw === 'proven is logged') this.log('info', { scope }, 'works')
    const event = { type: 'proven', scope, version: this.#version }
    this.delivery.push(this.#scopes, this.flaw === 'proven is a mutable event' ? event : Object.freeze(event))
    if (this.flaw === 'proven is told twice') this.delivery.push(this.#scopes, Object.freeze(event))
  }

  /** Commits a transition, `change` with it, and queues its events. */
  commit(
    type: WedgeChange['type'],
    by: WedgeChange['by'],
    state: PlainState,
    { reason, since }: PlainWedge,
    at: number,
    change: () => void,
  ): void {
    const [previous, former] = [this.#aggregate(), this.#primary()]
    change()
    this.#version += this.flaw === 'versions skip' ? 2 : 1
    this.#wedgedSince = this.wedged.length === 0 ? null : (this.#wedgedSince ?? at)
    const aggregate = this.#aggregate()
    const event = { type, by, scope: state.scope, reason, since, at, version: this.#version, aggregate, ...LATER }
    if (this.flaw !== 'mutable events') Object.freeze(event)
    const tellAggregate = (): void => {
      const version = this.#version
      for (const told of aggregateChanges(previous, aggregate, former === this.#primary(), this.flaw)) {
        this.delivery.push(this.#aggregates, Object.freeze({ ...told, at, version }))
      }
    }
    if (this.flaw === 'aggregate before change') tellAggregate()
    this.delivery.push(state.channel, event)
    for (const other of this.flaw === 'scopes hear each other' ? this.wedged : []) {
      if (other !== state) this.delivery.push(other.channel, event)
    }
    this.delivery.push(this.#changes, event)
    if (this.flaw !== 'aggregate before change') tellAggregate()
  }

  #aggregate(): WedgeAggregate {
    return aggregateOf(this.wedged, this.flaw)
  }

  #primary(): PlainState | undefined {
    return primaryOf(this.wedged, this.flaw)
  }

  #ambient(key: string): PlainScope {
    const any = this.flaw === 'run takes any key' && typeof key !== 'string'
    return { owner: this, key, state: any ? this.default : this.scope(key) }
  }
}

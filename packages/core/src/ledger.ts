import { type Channel, DeliveryQueue, hasListeners, newChannel } from './delivery.ts'
import { hush, writeLog } from './log.ts'
import { resetState, type ScopeState } from './state.ts'
import type { WedgeAggregate, WedgeAggregateChange, WedgeChange, WedgeLogger, WedgeScopeChange } from './types.ts'
import { type Wedge, WedgedList } from './wedged-list.ts'

const HEALTHY: WedgeAggregate = Object.freeze({ wedged: false, reason: '', scope: null, since: null, count: 0 })

/** What the scopes of one registry share. It commits a transition whole, and only then lets foreign code run. */
export class Ledger {
  logger: WedgeLogger
  readonly states: Map<string, ScopeState> = new Map()
  readonly wedged: WedgedList<ScopeState> = new WedgedList()
  version = 0
  /** When the aggregate was last healthy no more; `null` while it is. */
  outageSince: number | null = null
  readonly queue: DeliveryQueue = new DeliveryQueue(this)
  readonly changes: Channel = newChannel()
  readonly aggregates: Channel = newChannel()
  readonly scopes: Channel = newChannel()
  #aggregate: WedgeAggregate = HEALTHY
  #aggregateVersion = 0
  readonly #now: () => number

  constructor(logger: WedgeLogger, now: () => number) {
    this.logger = logger
    this.#now = now
  }

  /** Epoch milliseconds; a clock that throws or gives no finite number is replaced by `Date.now()`. Foreign code. */
  now(): number {
    try {
      const at: unknown = this.#now()
      if (Number.isFinite(at)) return at as number
      hush(at)
    } catch {
      // Date.now() will do.
    }
    return Date.now()
  }

  get aggregate(): WedgeAggregate {
    if (this.#aggregateVersion !== this.version) {
      const { first, count } = this.wedged
      this.#aggregateVersion = this.version
      this.#aggregate =
        first === null
          ? HEALTHY
          : Object.freeze({ wedged: true, reason: first.reason, scope: first.scope, since: first.since, count })
    }
    return this.#aggregate
  }

  add(state: ScopeState): void {
    this.states.set(state.scope, state)
    this.#queueScope('added', state.scope)
    this.queue.hold()
    this.queue.flush()
  }

  begin(wedge: Wedge<ScopeState>, own: Channel | undefined): void {
    const wasHealthy = this.wedged.first === null
    this.wedged.add(wedge)
    this.version++
    if (wasHealthy) this.outageSince = wedge.since
    this.#queueChange('wedged', 'mark', wedge, wedge.since, own)
    if (wasHealthy && hasListeners(this.aggregates)) this.#queueAggregate(HEALTHY, wedge.since)
  }

  end(by: 'clear' | 'release', wedge: Wedge<ScopeState>, at: number, own: Channel | undefined): void {
    const wasPrimary = this.wedged.first === wedge
    const previous = wasPrimary && hasListeners(this.aggregates) ? this.aggregate : undefined
    this.wedged.remove(wedge)
    this.version++
    if (this.wedged.first === null) this.outageSince = null
    this.#queueChange('cleared', by, wedge, at, own)
    if (previous !== undefined) this.#queueAggregate(previous, at)
  }

  /** Takes a state out of the registry, with the wedge that was in force. */
  remove({ scope }: ScopeState, wedge: Wedge<ScopeState> | null, at: number, own: Channel | undefined): void {
    this.states.delete(scope)
    if (wedge !== null) this.end('release', wedge, at, own)
    this.#queueScope('released', scope)
    if (own !== undefined) this.queue.push(own, null)
  }

  /** The event that tells a new listener of a wedge in force. */
  initialChange({ scope, reason, since }: Wedge): WedgeChange {
    const { version, aggregate } = this
    return Object.freeze({ type: 'wedged', by: 'mark', scope, reason, since, at: since, version, aggregate })
  }

  /** Forgets every wedge and all that waits, and tells nobody. */
  reset(): void {
    this.wedged.clear()
    this.queue.drop()
    this.outageSince = null
    this.version++
    for (const state of this.states.values()) resetState(state)
  }

  log(level: 'error' | 'warn' | 'info', fields: object, message: string): void {
    writeLog(this.logger, level, fields, message)
  }

  logEnd(by: 'clear' | 'release', { scope, reason }: Wedge): void {
    const { count } = this.wedged
    const what = by === 'clear' ? 'cleared after successful operation' : 'released with its scope'
    const next =
      count === 0
        ? 'workspace will recover to online on next heartbeat'
        : `${count} still wedged, workspace stays degraded`
    this.log('info', { scope, reason }, `runtime wedge ${what} — ${next}`)
  }

  #queueScope(type: 'added' | 'released', scope: string): void {
    if (!hasListeners(this.scopes)) return
    const event: WedgeScopeChange = { type, scope, version: this.version }
    this.queue.push(this.scopes, Object.freeze(event))
  }

  #queueChange(
    type: 'wedged' | 'cleared',
    by: 'mark' | 'clear' | 'release',
    { scope, reason, since }: Wedge,
    at: number,
    own: Channel | undefined,
  ): void {
    const ofAll = hasListeners(this.changes)
    const ofOne = own !== undefined && hasListeners(own)
    if (!ofAll && !ofOne) return
    const { version, aggregate } = this
    const event: WedgeChange = Object.freeze({ type, by, scope, reason, since, at, version, aggregate })
    if (ofAll) this.queue.push(this.changes, event)
    if (ofOne) this.queue.push(own, event)
  }

  #queueAggregate(previous: WedgeAggregate, at: number): void {
    const { aggregate: current, version } = this
    const changed = previous.wedged && current.wedged ? 'primary' : 'flag'
    const event: WedgeAggregateChange = Object.freeze({ changed, previous, current, at, version })
    this.queue.push(this.aggregates, event)
  }
}

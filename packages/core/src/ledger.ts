import { type Channel, DeliveryQueue, hasListeners, newChannel } from './delivery.ts'
import { defaultLogger, hush, type LogLevel, writeLog } from './log.ts'
import type { ScopeState } from './state.ts'
import type { WedgeAggregate, WedgeChange, WedgeEvents, WedgeLogger } from './types.ts'
import { type Wedge, WedgedList } from './wedged-list.ts'

const { freeze } = Object

const HEALTHY: WedgeAggregate = freeze({ wedged: false, reason: '', scope: null, since: null, count: 0 })

/** What the scopes of one registry share. It commits a transition whole; foreign code runs after that. */
export class Ledger {
  logger: WedgeLogger | undefined
  readonly states: Map<string, ScopeState> = new Map()
  readonly wedged: WedgedList<ScopeState> = new WedgedList()
  version = 0
  /** When the aggregate was last healthy no more; `null` while it is. */
  outageSince: number | null = null
  readonly queue: DeliveryQueue = new DeliveryQueue((fields, message) => this.log('error', fields, message))
  /** The registry's own listeners, by event name. */
  readonly channels: Record<keyof WedgeEvents, Channel> = {
    change: newChannel(),
    aggregate: newChannel(),
    scopes: newChannel(),
  }
  #aggregate: WedgeAggregate = HEALTHY
  #aggregateVersion = 0
  readonly #now: () => number

  constructor(logger: WedgeLogger | undefined, now: () => number) {
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
      this.#aggregate = first
        ? freeze({ wedged: true, reason: first.reason, scope: first.scope, since: first.since, count })
        : HEALTHY
    }
    return this.#aggregate
  }

  /** Commits the beginning (`by: "mark"`) or the end of a wedge. `own` has the listeners of its scope. */
  commit(by: WedgeChange['by'], wedge: Wedge<ScopeState>, at: number, own: Channel | undefined): void {
    const { wedged, queue, channels } = this
    const { first } = wedged
    const isHeard = queue.listeners > 0
    const previous = isHeard && hasListeners(channels.aggregate) && this.aggregate
    if (by === 'mark') wedged.add(wedge)
    else wedged.remove(wedge)
    this.version++
    if (!wedged.first) this.outageSince = null
    else if (!first) this.outageSince = at

    if (isHeard && (own || hasListeners(channels.change))) {
      const event = this.changeOf(wedge, by, at)
      queue.push(channels.change, event)
      if (own) queue.push(own, event)
    }
    if (previous && first !== wedged.first) {
      const { aggregate: current, version } = this
      const changed = first && wedged.first ? 'primary' : 'flag'
      queue.push(channels.aggregate, freeze({ changed, previous, current, at, version }))
    }
  }

  /** The event of a transition; by default of the mark that began the wedge, as a new listener is told of it. */
  changeOf({ scope, reason, since }: Wedge, by: WedgeChange['by'] = 'mark', at: number = since): WedgeChange {
    const { version, aggregate } = this
    return freeze({ type: by === 'mark' ? 'wedged' : 'cleared', by, scope, reason, since, at, version, aggregate })
  }

  announce(type: 'added' | 'released', scope: string): void {
    const { scopes } = this.channels
    if (hasListeners(scopes)) this.queue.push(scopes, freeze({ type, scope, version: this.version }))
  }

  log(level: LogLevel, fields: object, message: string): void {
    writeLog(this.logger ?? defaultLogger(), level, fields, message)
  }
}

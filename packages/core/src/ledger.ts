import { DeliveryQueue, type Listener, type Listeners, newListeners } from './delivery.ts'
import { invalid } from './invalid.ts'
import { defaultLogger, hush, type LogLevel, writeLog } from './log.ts'
import type { ScopeState } from './state.ts'
import type {
  Unsubscribe,
  WedgeAggregate,
  WedgeChange,
  WedgeChangeListenOptions,
  WedgeEvents,
  WedgeLogger,
  WedgeSnapshot,
} from './types.ts'
import { Listed, type WedgedList } from './wedged-list.ts'

const { freeze } = Object

const HEALTHY: WedgeAggregate = freeze({ wedged: false, reason: '', scope: null, since: null, count: 0 })

/** What the scopes of one registry share. It commits a transition whole; foreign code runs after that. */
export class Ledger {
  logger: WedgeLogger | undefined
  readonly states: Map<string, ScopeState> = new Map()
  readonly wedged: WedgedList<ScopeState> = new Listed.List()
  version = 0
  /** When the aggregate was last healthy no more; `null` while it is. */
  outageSince: number | null = null
  readonly queue: DeliveryQueue = new DeliveryQueue(this)
  /** The registry's own. */
  readonly listeners: Listeners = newListeners()
  #snapshot: WedgeSnapshot | undefined
  readonly #now: () => number

  constructor(now: () => number) {
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

  aggregate(): WedgeAggregate {
    const { first, count } = this.wedged
    return first
      ? freeze({ wedged: true, reason: first.reason(), scope: first.scope, since: first.since, count })
      : HEALTHY
  }

  /** The same object until something changes. */
  snapshot(): WedgeSnapshot {
    const { wedged, version, outageSince } = this
    if (this.#snapshot?.version !== version) {
      const scopes = freeze(
        wedged.map(state => freeze({ scope: state.scope, reason: state.reason(), since: state.since! })),
      )
      this.#snapshot = freeze({ ...this.aggregate(), wedgedSince: outageSince, version, scopes })
    }
    return this.#snapshot as WedgeSnapshot
  }

  /**
   * @param known the events that there are
   * @param wedged what a listener of changes is told first if it asks for what is `initial`
   * @throws TypeError for another event name, and as {@link DeliveryQueue.on}
   */
  on(
    listeners: Listeners,
    known: readonly string[],
    wedged: Pick<WedgedList<ScopeState>, 'map'>,
    event: keyof WedgeEvents,
    listener: Listener,
    options: WedgeChangeListenOptions | undefined,
  ): Unsubscribe {
    if (!known.includes(event)) {
      throw invalid(`on(event) needs ${known.join(' or ')}`, event)
    }
    const initial = event === 'change' && options?.initial ? wedged.map(state => this.changeOf(state)) : []
    return this.queue.on(listeners, event, listener, options, initial)
  }

  /** Commits the beginning (`by: "mark"`) or the end of a wedge. `own` has the listeners of its scope. */
  commit(by: WedgeChange['by'], state: ScopeState, at: number, own: Listeners | undefined): void {
    const { wedged, queue, listeners } = this
    const { first } = wedged
    const isHeard = queue.listeners > 0
    const previous = isHeard && listeners.listenerCount('aggregate') > 0 && this.aggregate()
    if (by === 'mark') wedged.add(state)
    else wedged.remove(state)
    this.version++
    this.outageSince = wedged.first && (this.outageSince ?? at)

    if (isHeard) {
      const event = this.changeOf(state, by, at)
      queue.push(listeners, 'change', event)
      if (own !== undefined) queue.push(own, 'change', event)
    }
    if (previous && first !== wedged.first) {
      const changed = first && wedged.first ? 'primary' : 'flag'
      const { version } = this
      queue.push(listeners, 'aggregate', freeze({ changed, previous, current: this.aggregate(), at, version }))
    }
  }

  /** The event of a transition; by default of the mark that began the wedge, as a new listener is told of it. */
  changeOf(state: ScopeState, by: WedgeChange['by'] = 'mark', at: number = state.since!): WedgeChange {
    const { version } = this
    const type = by === 'mark' ? 'wedged' : 'cleared'
    const { scope, since } = state as ScopeState & { since: number }
    return freeze({ type, by, scope, reason: state.reason(), since, at, version, aggregate: this.aggregate() })
  }

  announce(type: 'added' | 'released', scope: string): void {
    const { queue, listeners, version } = this
    if (queue.listeners > 0) queue.push(listeners, 'scopes', freeze({ type, scope, version }))
  }

  log(level: LogLevel, fields: object, message: string): void {
    writeLog(this.logger ?? defaultLogger(), level, fields, message)
  }
}

import { Delivery, EventEmitter, type Listeners } from './delivery.ts'
import { hush, type LogLevel, writeLog } from './log.ts'
import type { ScopeState } from './state.ts'
import type { WedgeAggregate, WedgeChange, WedgeLogger } from './types.ts'
import { Listed, type WedgedList } from './wedged-list.ts'

export const freeze: typeof Object.freeze = Object.freeze

const HEALTHY: WedgeAggregate = freeze({ wedged: false, reason: '', scope: null, since: null, count: 0 })

/** What the scopes of one registry share. It commits a transition whole; foreign code runs after that. */
export class Ledger extends Delivery {
  logger: WedgeLogger | undefined
  readonly states: Map<string, ScopeState> = new Map()
  readonly wedged: WedgedList<ScopeState> = new Listed.List()
  version = 0
  /** When the aggregate was last healthy no more. */
  wedgedSince = 0
  /** The registry's own. */
  readonly listeners: Listeners = new EventEmitter()
  readonly #now: () => number

  constructor(now: () => number) {
    super()
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

  /** Commits the beginning (`by: "mark"`) or the end of a wedge. `own` has the listeners of its scope. */
  commit(by: WedgeChange['by'], state: ScopeState, at: number, own: Listeners | null): void {
    const { wedged, listeners, listenerCount } = this
    const { first } = wedged
    const previous = listenerCount && listeners.listenerCount('aggregate') && this.aggregate()
    this.version++
    if (!first) this.wedgedSince = at
    if (by === 'mark') wedged.add(state)
    else wedged.remove(state)

    if (listenerCount) {
      const event = this.changeOf(state, by, at)
      this.push(listeners, 'change', event)
      if (own) this.push(own, 'change', event)
    }
    if (previous && first !== wedged.first) {
      const changed = first && wedged.first ? 'primary' : 'flag'
      const current = this.aggregate()
      this.push(listeners, 'aggregate', freeze({ changed, previous, current, at, version: this.version }))
    }
  }

  /** The event of a transition; by default of the mark that began the wedge, as a new listener is told of it. */
  changeOf(state: ScopeState, by: WedgeChange['by'] = 'mark', at: number = state.since!): WedgeChange {
    return freeze({
      type: by === 'mark' ? 'wedged' : 'cleared',
      by,
      scope: state.scope,
      reason: state.reason(),
      since: state.since!,
      at,
      version: this.version,
      aggregate: this.aggregate(),
    })
  }

  announce(type: 'added' | 'released', scope: string): void {
    this.hold()
    if (this.listenerCount) this.push(this.listeners, 'scopes', freeze({ type, scope, version: this.version }))
    this.flush()
  }

  log(level: LogLevel, fields: object, message: string): void {
    writeLog(this.logger, level, fields, message)
  }
}

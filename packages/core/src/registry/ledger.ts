import { Channel } from '../delivery/channel.ts'
import { EventQueue } from '../delivery/queue.ts'
import type { QueuedEvent } from '../delivery/queued-event.ts'
import { readClock } from '../foreign/clock.ts'
import { defaultLogger, type LogLevel, writeLog } from '../foreign/log.ts'
import { runOutside } from '../process/ambient.ts'
import type { WedgeAggregate, WedgeChange, WedgeLogger, WedgeScopeChange, WedgeSnapshot } from '../types.ts'
import { Listed, type WedgedList } from './wedged-list.ts'

/** What the ledger needs to know of a scope. */
export interface LedgerScope extends Listed {
  readonly scope: string
  /** When its wedge began; a number while it is wedged. */
  readonly since: number | null
  reason(): string
}

const HEALTHY: WedgeAggregate = Object.freeze({ wedged: false, reason: '', scope: null, since: null, count: 0 })

/** What the scopes of one registry share. It commits a transition whole or not at all; foreign code runs after that. */
export class Ledger<State extends LedgerScope> {
  logger: WedgeLogger = defaultLogger
  version = 0
  /** When the outage began; meaningless while no scope is wedged. */
  wedgedSince = 0
  readonly states: Map<string, State> = new Map()
  readonly wedged: WedgedList<State> = new Listed.List()
  readonly channel: Channel = new Channel(['change', 'aggregate', 'scopes'])
  readonly queue: EventQueue = new EventQueue((...line) => runOutside(() => this.log(...line)))
  /** How often the registry was reset: an attempt that began before the last time is inert. */
  resets = 0
  readonly #clock: () => number

  constructor(clock: () => number) {
    this.#clock = clock
  }

  /** Epoch milliseconds. Runs foreign code. */
  now(): number {
    return readClock(this.#clock)
  }

  /**
   * Writes one line. Never throws: if the stack is exhausted, the line is lost, but the transition is not. Runs foreign
   * code.
   */
  log(level: LogLevel, fields: object, message: string): void {
    try {
      writeLog(this.logger, level, fields, message)
    } catch {
      // There is no stack left to say so.
    }
  }

  aggregate(): WedgeAggregate {
    return aggregateOf(this.wedged.first, this.wedged.count)
  }

  /**
   * Commits the beginning (`by: "mark"`) or the end of a wedge. In either case the scope still has its wedge during this
   * call. Whatever could fail on an exhausted stack comes before the first change.
   *
   * @param own the scope's own listeners, if it ever had any
   */
  commit(by: WedgeChange['by'], state: State, at: number, own: Channel | undefined): void {
    const { wedged, queue } = this
    const { first, count } = wedged
    const begins = by === 'mark'
    const version = this.version + 1
    let change: QueuedEvent | undefined
    let ownChange: QueuedEvent | undefined
    let aggregate: QueuedEvent | undefined
    if (queue.subscriptions > 0) {
      const primary = begins ? (first ?? state) : wedged.firstWithout(state)
      const current = aggregateOf(primary, count + (begins ? 1 : -1))
      const event = changeEvent(by, state, at, version, current)
      change = queue.prepare(this.channel.recipients('change'), event)
      ownChange = own && queue.prepare(own.recipients('change'), event)
      if (first !== primary && this.channel.isHeard('aggregate')) {
        const changed = first && primary ? 'primary' : 'flag'
        const previous = this.aggregate()
        const event = Object.freeze({ changed, previous, current, at, version })
        aggregate = queue.prepare(this.channel.recipients('aggregate'), event)
      }
    }

    if (!first) this.wedgedSince = at
    if (begins) wedged.add(state)
    else wedged.remove(state)
    this.version = version
    if (change) queue.enqueue(change)
    if (ownChange) queue.enqueue(ownChange)
    if (aggregate) queue.enqueue(aggregate)
  }

  /** The registry now, frozen. */
  snapshot(): WedgeSnapshot {
    const { wedged, version, wedgedSince } = this
    const scopes = wedged.all().map(state => {
      return Object.freeze({ scope: state.scope, reason: state.reason(), since: state.since! })
    })
    Object.freeze(scopes)
    return Object.freeze({ ...this.aggregate(), wedgedSince: wedged.first && wedgedSince, version, scopes })
  }

  /** The events that tell a new listener of the current wedges. */
  initialEvents(states: readonly State[] = this.wedged.all()): WedgeChange[] {
    const aggregate = this.aggregate()
    return states.map(state => changeEvent('mark', state, state.since!, this.version, aggregate))
  }

  /** An event for {@link EventQueue.enqueue}; `undefined` while no one listens. */
  scopesEvent(type: WedgeScopeChange['type'], scope: string, version: number): QueuedEvent | undefined {
    if (!this.channel.isHeard('scopes')) return undefined
    return this.queue.prepare(this.channel.recipients('scopes'), Object.freeze({ type, scope, version }))
  }

  /** Queues an event of `scopes` that is not part of a transition. */
  announce(type: WedgeScopeChange['type'], scope: string): void {
    const event = this.scopesEvent(type, scope, this.version)
    if (event) this.queue.enqueue(event)
  }

  /** Adds a scope and announces it. */
  add(state: State): void {
    const add = (): void => {
      this.announce('added', state.scope)
      this.states.set(state.scope, state)
    }
    if (this.queue.subscriptions === 0) add()
    else this.queue.transact(this, add, undefined, undefined)
  }

  /** Drops what waits to be delivered. The version rises, so that the next snapshot is a new one. */
  reset(): void {
    this.resets++
    this.version++
    this.queue.reset()
  }
}

function aggregateOf(primary: LedgerScope | null, count: number): WedgeAggregate {
  if (!primary) return HEALTHY
  return Object.freeze({ wedged: true, reason: primary.reason(), scope: primary.scope, since: primary.since, count })
}

function changeEvent(
  by: WedgeChange['by'],
  state: LedgerScope,
  at: number,
  version: number,
  aggregate: WedgeAggregate,
): WedgeChange {
  return Object.freeze({
    type: by === 'mark' ? 'wedged' : 'cleared',
    by,
    scope: state.scope,
    reason: state.reason(),
    since: state.since!,
    at,
    version,
    aggregate,
  })
}

import { EventEmitter } from 'eventemitter3'
import { runOutside } from './ambient.ts'
import { invalid } from './invalid.ts'
import { writeLog } from './log.ts'
import type { Unsubscribe, WedgeAggregateChange, WedgeChange, WedgeListenOptions, WedgeLogger } from './types.ts'

/** The longest chain of transitions, each made by a listener of the one before: a longer one would never end. */
const CHAIN_LIMIT = 100

/** A chain that makes several transitions at each step would never get to its limit: so deep, with so many delivered, it multiplies. */
const DEEP = 5
const MANY = 100_000

const EVENT = 'event'

const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose')

/** What delivery needs of a listener; the public types say which event it takes. */
export type Listener = (event: never) => unknown

/** The listeners of one event name: of a whole registry, or of one scope. */
export type Channel = EventEmitter<typeof EVENT>

/** One event on its way; `null` ends every subscription of the channel. */
interface Delivery {
  readonly channel: Channel
  readonly event: object | null
  /** Its place among all that was ever queued: a listener takes nothing from before its `on` call. */
  readonly order: number
  /** How many transitions, each made by a listener of the one before, led here. */
  readonly chain: number
}

/** The listener that runs now. */
interface Running {
  readonly name: string
  readonly event: object
  /** End it, and what it subscribed: else one that subscribes itself anew each time could make an endless chain. */
  readonly ends: (() => void)[]
}

export function newChannel(): Channel {
  return new EventEmitter()
}

export function hasListeners(channel: Channel): boolean {
  return channel.listenerCount(EVENT) > 0
}

/** The events of one registry, delivered in the order of their transitions: breadth first, to one listener at a time. */
export class DeliveryQueue {
  readonly #waiting: Delivery[] = []
  #next = 0
  /** The next delivery's `order`. */
  #order = 0
  /** Deliveries of a lower order are void. */
  #floor = 0
  /** How many calls of foreign code are under way; only the outermost delivers. */
  #depth = 0
  #chain = 0
  #running: Running | undefined
  readonly #owner: { readonly logger: WedgeLogger }

  constructor(owner: { readonly logger: WedgeLogger }) {
    this.#owner = owner
  }

  /**
   * @param initial events for this listener alone, delivered before `on` returns
   * @throws TypeError for a listener that is no function, or a signal that is no AbortSignal
   */
  on(
    channel: Channel,
    name: string,
    listener: Listener,
    options: WedgeListenOptions | undefined,
    initial: readonly object[],
  ): Unsubscribe {
    const signal = options?.signal
    const once = options?.once === true
    if (typeof listener !== 'function') throw invalid(`on("${name}", listener) needs a function`, listener, 'Pass one.')
    if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
      throw invalid(`on("${name}") needs an AbortSignal as signal`, signal, 'Pass controller.signal, or none.')
    }
    const from = this.#order
    let active = signal?.aborted !== true
    const end = (): void => {
      if (!active) return
      active = false
      channel.off(EVENT, receive)
      signal?.removeEventListener('abort', end)
    }
    const receive = ({ event, order }: Delivery): void => {
      // The signal is asked too: its abort event may still be on its way to `end`.
      if (!active || signal?.aborted === true || order < from || order < this.#floor) return
      if (once || event === null) end()
      if (event !== null) this.#call(listener, { name, event, ends: [end] })
    }
    if (active) {
      this.#running?.ends.push(end)
      channel.on(EVENT, receive)
      signal?.addEventListener('abort', end)
      if (initial.length > 0) {
        this.#run(() => {
          for (const event of initial) receive({ channel, event, order: from, chain: 0 })
        })
      }
    }
    return Object.assign(end, { [dispose]: end })
  }

  push(channel: Channel, event: object | null): void {
    this.#waiting.push({ channel, event, order: this.#order++, chain: this.#chain + 1 })
  }

  /** Forgets all that waits, also what is on its way to the listeners after the one that runs. */
  drop(): void {
    this.#waiting.length = 0
    this.#next = 0
    this.#floor = ++this.#order
  }

  /**
   * Foreign code of a transition is about to run: until {@link flush}, what it queues waits.
   *
   * @returns whether it may run: so deep in itself (a clock that marks, a logger that clears) it is in a circle
   */
  hold(): boolean {
    const running = this.#running
    const endless = this.#chain >= CHAIN_LIMIT || (this.#chain > DEEP && this.#next > MANY)
    if (running !== undefined && endless) {
      const ends = running.ends.splice(0)
      for (const end of ends) end()
      if (ends.length > 0) {
        this.#log(running, `unsubscribed: it would have made a chain of more than ${CHAIN_LIMIT} transitions`)
      }
    }
    return this.#depth++ < CHAIN_LIMIT
  }

  /** That foreign code is done: delivers all that waits, unless a delivery is under way, which will. */
  flush(): void {
    if (--this.#depth > 0 || this.#waiting.length === 0) return
    this.#run(() => {
      // Listeners queue more while this runs, and `drop` begins anew.
      while (this.#next < this.#waiting.length) {
        const delivery = this.#waiting[this.#next++]!
        this.#chain = delivery.chain
        delivery.channel.emit(EVENT, delivery)
      }
      this.#waiting.length = 0
      this.#next = 0
      this.#chain = 0
    })
  }

  /** Runs `deliver` outside any ambient scope, then delivers what came of it. */
  #run(deliver: () => void): void {
    this.#depth++
    runOutside(deliver)
    this.flush()
  }

  /** Calls one listener, keeping its failure from everybody but the log. */
  #call(listener: Listener, running: Running): void {
    const outer = this.#running
    const fail = (err: unknown): void => this.#log(running, 'failed', err)
    this.#running = running
    try {
      const result = listener(running.event as never) as PromiseLike<unknown> | undefined
      if (typeof result?.then === 'function') result.then(undefined, fail)
    } catch (error) {
      fail(error)
    }
    this.#running = outer
  }

  #log({ name, event }: Running, what: string, err?: unknown): void {
    const { scope, current, previous } = event as Partial<WedgeChange & WedgeAggregateChange>
    // An aggregate that became healthy names the scope that was the primary.
    const fields = { event: name, scope: scope ?? current?.scope ?? previous?.scope, err }
    writeLog(this.#owner.logger, 'error', fields, `runtime wedge listener ${what}`)
  }
}

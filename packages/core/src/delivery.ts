import { EventEmitter } from 'eventemitter3'
import { runOutside } from './ambient.ts'
import { assertFunction, invalid } from './invalid.ts'
import type { Ledger } from './ledger.ts'
import type { Unsubscribe, WedgeAggregateChange, WedgeChange, WedgeEvents, WedgeListenOptions } from './types.ts'

/** The longest chain of transitions, each made by a listener of the one before: a longer one would never end. */
const CHAIN_LIMIT = 100
/** Nor would a chain of listeners that multiply end in time: one beyond this length, after so many deliveries. */
const LONG_CHAIN = 5
const MANY_DELIVERIES = 100_000

const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose')

/** What delivery needs of a listener; the public types say which event it takes. */
export type Listener = (event: never) => unknown

/** The listeners of a whole registry, or of one scope, by event name. */
export type Listeners = EventEmitter<Record<keyof WedgeEvents, Receive>>

export const newListeners = (): Listeners => new EventEmitter()

/** Gives an event to one listener, if that is still subscribed; `null` ends its subscription. */
type Receive = (event: object | null) => void

/** One event on its way to the listeners that there were at its commit. */
interface Delivery {
  readonly receivers: Receive[]
  readonly event: object | null
  /** How many transitions, each made by a listener of the one before, led here. */
  readonly chain: number
  next: Delivery | null
}

/** The listener that runs now, in a long chain. */
interface Running {
  readonly name: string
  readonly event: object
  /** Ends it, and what it subscribed: else one that subscribes itself anew each time could make an endless chain. */
  readonly ends: (() => void)[]
}

/** The events of one registry, delivered in the order of their transitions: breadth first, to one listener at a time. */
export class DeliveryQueue {
  /** How many listeners there are, over all channels. */
  listeners = 0
  #first: Delivery | null = null
  #last: Delivery | null = null
  /** How many were delivered since nothing waited. */
  #delivered = 0
  /** How many calls of foreign code are under way; only the outermost delivers. */
  #depth = 0
  #chain = 0
  /** Rises with each `drop`. */
  #drops = 0
  #running: Running | undefined
  readonly #ledger: Pick<Ledger, 'log'>

  constructor(ledger: Pick<Ledger, 'log'>) {
    this.#ledger = ledger
  }

  /**
   * @param initial events for this listener alone, delivered before `on` returns
   * @throws TypeError for a listener that is no function, or a signal that is no AbortSignal
   */
  on(
    listeners: Listeners,
    name: keyof WedgeEvents,
    listener: Listener,
    { signal, once }: WedgeListenOptions = {},
    initial: readonly object[],
  ): Unsubscribe {
    assertFunction(`on("${name}", listener)`, listener)
    if (signal !== undefined && !signal?.addEventListener) throw invalid('signal needs an AbortSignal', signal)
    let active = true
    const end = (): void => {
      if (!active) return
      active = false
      this.listeners--
      listeners.off(name, receive)
      signal?.removeEventListener('abort', end)
    }
    const receive: Receive = event => {
      // The signal is asked too: its abort event may still be on its way to `end`.
      if (!active || signal?.aborted) return
      if (once || !event) end()
      if (event) this.#call(listener, name, event, end)
    }
    this.#running?.ends.push(end)
    this.listeners++
    listeners.on(name, receive)
    signal?.addEventListener('abort', end)
    if (signal?.aborted) end()
    const drops = this.#drops
    this.#run(() => {
      for (const event of initial) if (drops === this.#drops) receive(event)
    })
    return Object.assign(end, { [dispose]: end })
  }

  /** Queues an event for the listeners that there are now. */
  push(listeners: Listeners, name: keyof WedgeEvents, event: object | null): void {
    const delivery: Delivery = { receivers: listeners.listeners(name), event, chain: this.#chain + 1, next: null }
    if (this.#last) this.#last.next = delivery
    else this.#first = delivery
    this.#last = delivery
  }

  /** Forgets all that waits. */
  drop(): void {
    this.#first = this.#last = null
    this.#delivered = 0
    this.#drops++
  }

  /**
   * Foreign code of a transition is about to run: until {@link flush}, what it queues waits.
   *
   * @returns whether it may run: so deep in itself (a clock that marks, a logger that clears) it is in a circle
   */
  hold(): boolean {
    const running = this.#running
    if (running?.ends.length && (this.#chain >= CHAIN_LIMIT || this.#delivered > MANY_DELIVERIES)) {
      for (const end of running.ends.splice(0)) end()
      this.#log(
        running.name,
        running.event,
        `unsubscribed: it would have made a chain of more than ${CHAIN_LIMIT} transitions`,
      )
    }
    return this.#depth++ < CHAIN_LIMIT
  }

  /** That foreign code is done: delivers all that waits, unless a delivery is under way, which will. */
  flush(): void {
    if (!--this.#depth && this.#first) this.#run(this.#deliver)
  }

  /** Listeners queue more while this runs, and `drop` begins anew. One closure for all: it is called at each transition. */
  readonly #deliver = (): void => {
    for (let delivery = this.#first; delivery; delivery = this.#first) {
      const drops = this.#drops
      this.#first = delivery.next
      if (!this.#first) this.#last = null
      this.#chain = delivery.chain
      for (const receive of delivery.receivers) {
        if (drops === this.#drops) receive(delivery.event)
        this.#delivered++
      }
    }
    this.#chain = this.#delivered = 0
  }

  /** Runs `deliver` outside any ambient scope, then delivers what came of it. */
  #run(deliver: () => void): void {
    this.#depth++
    runOutside(deliver)
    this.flush()
  }

  /** Calls one listener, keeping its failure from everybody but the log. */
  #call(listener: Listener, name: string, event: object, end: () => void): void {
    const outer = this.#running
    this.#running = this.#chain > LONG_CHAIN ? { name, event, ends: [end] } : undefined
    try {
      const result = listener(event as never) as PromiseLike<unknown> | undefined
      if (typeof result?.then === 'function') {
        result.then(undefined, error => this.#log(name, event, 'failed', error))
      }
    } catch (error) {
      this.#log(name, event, 'failed', error)
    }
    this.#running = outer
  }

  #log(name: string, event: object, what: string, err?: unknown): void {
    const { scope, current, previous } = event as Partial<WedgeChange & WedgeAggregateChange>
    // An aggregate that became healthy names the scope that was the primary.
    const fields = { event: name, scope: scope ?? current?.scope ?? previous?.scope, err }
    this.#ledger.log('error', fields, `runtime wedge listener ${what}`)
  }
}

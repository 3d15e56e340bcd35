import { EventEmitter } from 'eventemitter3'
import { runOutside } from './ambient.ts'
import { writeLog } from './log.ts'
import type { Unsubscribe, WedgeAggregateChange, WedgeChange, WedgeListenOptions, WedgeLogger } from './types.ts'

/** The longest chain of transitions, each made by a listener of the one before: a longer one would never end. */
const CHAIN_LIMIT = 100

const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose')

/** What delivery needs of a listener; the public types say which event it takes. */
export type Listener = (event: never) => unknown

/** One event on its way; `null` ends every subscription of the channel. */
interface Delivery {
  readonly channel: Channel
  readonly event: object | null
  /** Its place among all that was ever queued: a listener takes nothing from before its `on` call. */
  readonly order: number
  /** How many transitions, each made by a listener of the one before, led here. */
  readonly chain: number
}

/** The events of one registry, delivered in the order of their transitions: breadth first, to one listener at a time. */
export class DeliveryQueue {
  /** The next delivery's `order`. */
  order = 0
  /** Deliveries of a lower order are void. */
  floor = 0
  readonly #waiting: Delivery[] = []
  #next = 0
  /** How many calls of foreign code are under way; only the outermost delivers. */
  #depth = 0
  #chain = 0
  #running: { readonly subscription: Subscription; readonly event: object } | undefined
  readonly #owner: { readonly logger: WedgeLogger }

  constructor(owner: { readonly logger: WedgeLogger }) {
    this.#owner = owner
  }

  push(channel: Channel, event: object | null): void {
    this.#waiting.push({ channel, event, order: this.order++, chain: this.#chain + 1 })
  }

  /** Forgets all that waits, also what is on its way to the listeners after the one that runs. */
  drop(): void {
    this.#waiting.length = 0
    this.#next = 0
    this.floor = ++this.order
  }

  /** Foreign code of a committed transition is about to run: until {@link flush}, what it queues waits. */
  hold(): void {
    if (this.#chain >= CHAIN_LIMIT) this.#breakChain()
    this.#depth++
  }

  /** That foreign code is done: delivers all that waits, unless a delivery is under way, which will. */
  flush(): void {
    if (--this.#depth === 0 && this.#waiting.length > 0) this.#drain()
  }

  /** Delivers `events` to one listener, before anything that its own reaction queues. */
  deliverInitial(subscription: Subscription, events: readonly object[]): void {
    const { channel } = subscription
    const { order } = this
    this.#depth++
    runOutside(() => {
      for (const event of events) subscription.receive({ channel, event, order, chain: this.#chain })
    })
    this.flush()
  }

  /** Calls one listener, keeping its failure from everybody but the log. */
  call(subscription: Subscription, event: object): void {
    const outer = this.#running
    this.#running = { subscription, event }
    try {
      const result = subscription.listener(event as never)
      if (typeof (result as PromiseLike<unknown> | null | undefined)?.then === 'function') {
        ;(result as PromiseLike<unknown>).then(undefined, error => this.#report(subscription, event, error))
      }
    } catch (error) {
      this.#report(subscription, event, error)
    } finally {
      this.#running = outer
    }
  }

  #drain(): void {
    this.#depth++
    runOutside(() => {
      // Listeners queue more while this runs, and `drop` begins anew.
      while (this.#next < this.#waiting.length) {
        const delivery = this.#waiting[this.#next++]!
        this.#chain = delivery.chain
        delivery.channel.emit(delivery)
      }
    })
    this.#waiting.length = 0
    this.#next = 0
    this.#chain = 0
    this.#depth--
  }

  #breakChain(): void {
    if (this.#running === undefined) return
    const { subscription, event } = this.#running
    subscription.end()
    const message = `runtime wedge listener unsubscribed: it would have made a chain of more than ${CHAIN_LIMIT} transitions`
    writeLog(this.#owner.logger, 'error', { event: subscription.channel.name, scope: scopeOf(event) }, message)
  }

  #report(subscription: Subscription, event: object, err: unknown): void {
    const fields = { event: subscription.channel.name, scope: scopeOf(event), err }
    writeLog(this.#owner.logger, 'error', fields, 'runtime wedge listener failed')
  }
}

/** The scope whose transition an event tells of: an aggregate's was the primary before, if it is none now. */
function scopeOf(event: object): string | null | undefined {
  const { scope, current, previous } = event as Partial<WedgeChange & WedgeAggregateChange>
  return scope ?? current?.scope ?? previous?.scope
}

/** The listeners of one event name: of a whole registry, or of one scope. */
export class Channel {
  readonly queue: DeliveryQueue
  readonly name: string
  readonly #emitter = new EventEmitter<'event'>()

  constructor(queue: DeliveryQueue, name: string) {
    this.queue = queue
    this.name = name
  }

  get hasListeners(): boolean {
    return this.#emitter.listenerCount('event') > 0
  }

  /**
   * @param initial events for this listener alone, delivered before `on` returns
   * @throws TypeError for a listener that is no function, or a signal that is no AbortSignal
   */
  on(listener: Listener, options: WedgeListenOptions | undefined, initial?: () => readonly object[]): Unsubscribe {
    const subscription = new Subscription(this, listener, options)
    if (subscription.active) {
      this.#emitter.on('event', subscription.receive, subscription)
      if (initial !== undefined) this.queue.deliverInitial(subscription, initial())
    }
    return subscription.unsubscribe
  }

  emit(delivery: Delivery): void {
    this.#emitter.emit('event', delivery)
  }

  remove(subscription: Subscription): void {
    this.#emitter.off('event', subscription.receive, subscription)
  }
}

class Subscription {
  readonly channel: Channel
  readonly listener: Listener
  readonly unsubscribe: Unsubscribe
  active: boolean
  readonly #from: number
  readonly #once: boolean
  readonly #signal: AbortSignal | undefined

  constructor(channel: Channel, listener: Listener, options: WedgeListenOptions | undefined) {
    if (typeof listener !== 'function') {
      throw new TypeError(`on("${channel.name}", listener) needs a function as listener, got ${describe(listener)}.`)
    }
    const signal = options?.signal
    if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
      throw new TypeError(
        `on("${channel.name}", listener, { signal }) needs an AbortSignal as signal, got ${describe(signal)}. Pass controller.signal, or leave it out.`,
      )
    }
    const end = (): void => this.end()
    this.unsubscribe = Object.assign(end, { [dispose]: end })
    this.channel = channel
    this.listener = listener
    this.active = signal?.aborted !== true
    this.#from = channel.queue.order
    this.#once = options?.once === true
    this.#signal = signal
    if (this.active) signal?.addEventListener('abort', this.unsubscribe)
  }

  receive({ event, order }: Delivery): void {
    // The signal is asked too: its abort event may still be on its way to `end`.
    if (!this.active || this.#signal?.aborted === true) return
    if (order < this.#from || order < this.channel.queue.floor) return
    if (this.#once || event === null) this.end()
    if (event !== null) this.channel.queue.call(this, event)
  }

  end(): void {
    if (!this.active) return
    this.active = false
    this.#signal?.removeEventListener('abort', this.unsubscribe)
    this.channel.remove(this)
  }
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value
}

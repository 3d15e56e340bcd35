import { whenStackIsFree } from '../foreign/exhausted-stack.ts'
import type { LogLevel } from '../foreign/log.ts'
import { runOutside } from '../process/ambient.ts'
import type { Receive } from './channel.ts'
import { fieldsOf, type QueuedEvent } from './queued-event.ts'
import { AFTER, RunLimit } from './run-limit.ts'

export type Log = (level: LogLevel, fields: object, message: string) => void

export type Listener = (event: never) => unknown

/** What the queue needs of a subscription. */
export interface Subscriber {
  /** The name of its event. */
  readonly name: string
  end(): void
}

/** A listener that is called at a limit may still make its transitions, and is then unsubscribed. */
interface LastCall {
  readonly generation: number
  /** The listener's own subscription and those that it makes: otherwise it could subscribe itself again each time. */
  readonly subscribers: Subscriber[]
  wentOn: boolean
}

/**
 * Delivers the events of one registry in the order of their transitions: breadth first, to one listener at a time.
 *
 * Foreign code (clocks, reasons, loggers, abort listeners, listeners) may make transitions. Each is one generation later
 * than the one whose foreign code made it, and the number of generations is limited.
 */
export class EventQueue {
  /** How many subscriptions there are: while there are none, no event is made. */
  subscriptions = 0
  readonly #log: Log
  #first: QueuedEvent | null = null
  #last: QueuedEvent | null = null
  /** The generation of the transition whose foreign code runs now; 0 outside any. */
  #generation = 0
  /** How many `initial` deliveries are under way, each made inside the one before. */
  #initialDepth = 0
  /** How many transitions and `initial` deliveries were begun: by it a run is seen to begin more. */
  #begun = 0
  readonly #limit = new RunLimit()
  /** Whether a line was written, since the outermost {@link transact} began, of what came to its end: one is enough. */
  #hasComplained = false
  #lastCall: LastCall | undefined
  #resets = 0
  #willCatchUp = false
  /** Whether the listener that is told now has returned: then it is not called again, whatever the stack has room for. */
  #hasTold = false

  constructor(log: Log) {
    this.#log = log
  }

  /**
   * Makes an event for {@link enqueue}. What can fail, fails here, before anything is committed; whatever then keeps the event
   * from being delivered, a microtask will.
   */
  prepare(recipients: readonly Receive[], event: object | null): QueuedEvent {
    if (!this.#willCatchUp) {
      whenStackIsFree(this.#catchUp)
      this.#willCatchUp = true
    }
    return { recipients, event, received: 0, generation: 0, next: null }
  }

  enqueue(queued: QueuedEvent): void {
    queued.generation = this.#generation
    if (this.#last) this.#last.next = queued
    else this.#first = queued
    this.#last = queued
    if (this.#lastCall) this.#lastCall.wentOn = true
  }

  /** Drops everything that waits. */
  reset(): void {
    this.#first = this.#last = null
    this.#resets++
  }

  /** Whether the code that runs now may make a transition. The first refusal is logged. */
  allowsTransition(scope: string): boolean {
    if (this.#generation === 0) return true
    const limit = this.#limitReached()
    if (!limit || this.#lastCall?.generation === this.#generation) return true
    this.#complain({ scope }, `transition refused ${limit}`)
    return false
  }

  /**
   * Runs a transition and its foreign code. What is queued meanwhile is delivered after the outermost transition. Nothing
   * is called between the end of `act` and the restoring of the generation: if the stack were exhausted there, nothing
   * would ever be delivered again.
   *
   * @returns what `act` returns
   * @throws what `act` throws
   */
  transact<Self, First, Second, Result>(
    self: Self,
    act: (this: Self, first: First, second: Second) => Result,
    first: First,
    second: Second,
  ): Result {
    const generation = this.#generation
    const begun = ++this.#begun
    this.#generation = generation + 1
    try {
      return act.call(self, first, second)
    } finally {
      this.#generation = generation
      if (generation > 0) {
        if (begun !== this.#begun) this.#limit.count(generation + 1, this.#initialDepth)
      } else if (this.#first || begun !== this.#begun) this.#flush()
    }
  }

  /**
   * Gives a new listener the events that tell it the present; what the listener does is delivered after that.
   *
   * @returns whether it got them: not at a limit, so that listeners that subscribe one another in a circle come to an end
   */
  deliverInitial(name: string, events: Iterable<object>, receive: Receive): boolean {
    const limit = this.#limitReached()
    if (limit) {
      if (this.#lastCall) this.#lastCall.wentOn = true
      else this.#complain({ event: name }, `subscription refused ${limit}`)
      return false
    }
    const depth = this.#initialDepth
    const resets = this.#resets
    this.#begun++
    this.#initialDepth = depth + 1
    try {
      runOutside(() => {
        for (const event of events) if (resets === this.#resets) receive(event)
      })
    } finally {
      this.#initialDepth = depth
      if (this.#generation === 0) this.#flush()
    }
    return true
  }

  /** Takes note of a subscription: one made in a listener's last call ends with it. */
  subscribed(subscriber: Subscriber): void {
    this.subscriptions++
    this.#lastCall?.subscribers.push(subscriber)
  }

  /** Calls one listener. Its failure reaches the log and no one else. */
  call(subscriber: Subscriber, listener: Listener, event: object): void {
    const limit = this.#limitReached()
    if (limit) this.#callLast(subscriber, listener, event, limit)
    else this.#invoke(subscriber.name, listener, event)
  }

  /** Calls a listener at a limit: if it goes on, it is unsubscribed. */
  #callLast(subscriber: Subscriber, listener: Listener, event: object, limit: string): void {
    const { name } = subscriber
    const lastCall = { generation: this.#generation, subscribers: [subscriber], wentOn: false }
    this.#lastCall = lastCall
    try {
      this.#invoke(name, listener, event)
    } finally {
      this.#lastCall = undefined
    }
    if (!lastCall.wentOn) return
    for (const each of lastCall.subscribers) each.end()
    if (limit === AFTER.chain) this.#log('error', fieldsOf(name, event), `runtime wedge listener unsubscribed ${limit}`)
    else this.#complain(fieldsOf(name, event), `listener unsubscribed ${limit}`)
  }

  #invoke(name: string, listener: Listener, event: object): void {
    const begun = this.#begun
    try {
      const result = listener(event as never)
      this.#hasTold = true
      if (result) this.#watch(result, name, event)
    } catch (error) {
      this.#failed(error, name, event)
    }
    if (begun !== this.#begun) this.#limit.count(this.#generation, this.#initialDepth)
  }

  /** Delivers everything that waits, unless a delivery is under way. */
  #flush(): void {
    if (this.#generation > 0 || this.#initialDepth > 0) return
    try {
      if (this.#first) runOutside(this.#deliver)
    } catch {
      // The stack is exhausted: a microtask catches up.
    } finally {
      this.#generation = 0
      this.#hasComplained = false
      this.#limit.reset()
    }
  }

  readonly #catchUp = (): void => {
    this.#willCatchUp = false
    this.#flush()
  }

  /** Listeners queue more while this runs, and `reset` drops everything. One closure: there is a delivery per transition. */
  readonly #deliver = (): void => {
    for (let queued = this.#first; queued; queued = this.#first) {
      const receive = queued.recipients[queued.received]
      if (receive) {
        this.#generation = queued.generation
        this.#hasTold = false
        try {
          receive(queued.event)
          this.#hasTold = true
        } finally {
          if (this.#hasTold) queued.received++
        }
      } else {
        this.#first = queued.next
        if (!this.#first) this.#last = null
      }
    }
  }

  /** The limit that the code which runs now has reached, in words. */
  #limitReached(): string | undefined {
    return this.#limit.reached(this.#generation, this.#initialDepth)
  }

  #complain(fields: object, what: string): void {
    if (this.#hasComplained) return
    this.#hasComplained = true
    this.#log('error', fields, `runtime wedge ${what}`)
  }

  /** An async listener may fail later. */
  #watch(result: unknown, name: string, event: object): void {
    const { then } = result as Partial<PromiseLike<unknown>>
    if (typeof then !== 'function') return
    then.call(result as PromiseLike<unknown>, undefined, (error: unknown) => this.#failed(error, name, event))
  }

  #failed(err: unknown, name: string, event: object): void {
    this.#log('error', { ...fieldsOf(name, event), err }, 'runtime wedge listener failed')
  }
}

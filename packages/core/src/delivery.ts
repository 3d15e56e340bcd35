import { EventEmitter } from 'eventemitter3'
import { runOutside } from './ambient.ts'
import { assertFunction, invalid } from './invalid.ts'
import type { LogLevel } from './log.ts'
import type { ScopeState } from './state.ts'
import type { Unsubscribe, WedgeAggregateChange, WedgeChange, WedgeChangeListenOptions, WedgeEvents } from './types.ts'
import type { WedgedList } from './wedged-list.ts'

export { EventEmitter }

/** What delivery needs of a listener; the public types say which event it takes. */
export type Listener = (event: never) => unknown

export interface ListenOptions extends WedgeChangeListenOptions {
  /** Called when the subscription ends, by whomever. No public option: `changes()` alone gives it. */
  readonly ended?: () => void
}

/** The listeners of a whole registry, or of one scope, by event name. */
export interface Listeners extends EventEmitter<Record<keyof WedgeEvents, Receive>> {
  /** Who waits for the scope to be `healthy()`. A set: it lets go of one in one step. */
  cleared?: Set<() => void>
  /** Of the scope's `signal`. */
  controller?: AbortController | undefined
}

/** Gives an event to one listener, if that is still subscribed; `null` ends its subscription. */
type Receive = (event: object | null) => void

/** One event on its way to the listeners that there were at its commit. */
interface Queued {
  readonly listeners: Receive[]
  readonly event: object | null
  /** How many transitions, each made by a listener of the one before, led here. */
  readonly chain: number
  next: Queued | null
}

/** Delivers the events of one registry in the order of their transitions: breadth first, to one listener at a time. */
export abstract class Delivery {
  /** How many listeners there are: while there are none, no event is made. */
  listenerCount = 0
  #first: Queued | null = null
  #last: Queued | null = null
  /** How many calls of foreign code are under way; only the outermost delivers. */
  #depth = 0
  /** The chain of the event on its way; 0 while there is none. */
  #chain = 0
  /** Rises with each `reset`. */
  #resets = 0
  /** How many calls there were in long chains since nothing waited. */
  #calls = 0
  /** Ends the listener that runs now, and what it subscribes: else it could subscribe itself anew each time. */
  #ends: (() => void)[] | undefined

  abstract changeOf(state: ScopeState): object
  abstract log(level: LogLevel, fields: object, message: string): void

  /**
   * @param known the events that there are
   * @param wedged the states of whose wedges a listener is told before `on` returns, if it asks for them
   * @throws TypeError for another event name, a listener that is no function, or a signal that is no AbortSignal
   */
  on(
    listeners: Listeners,
    known: readonly string[],
    wedged: Pick<WedgedList<ScopeState>, 'map'>,
    name: keyof WedgeEvents,
    listener: Listener,
    { signal, once, initial, ended }: ListenOptions = {},
  ): Unsubscribe {
    if (!known.includes(name)) throw invalid(`event needs one of ${known}`, name)
    assertFunction('listener', listener)
    if (signal !== undefined && !signal?.addEventListener) throw invalid('signal needs an AbortSignal', signal)
    let active = true
    const end: Unsubscribe = () => {
      if (!active) return
      active = false
      this.listenerCount--
      listeners.off(name, receive)
      signal?.removeEventListener('abort', end)
      ended?.()
    }
    const receive: Receive = event => {
      // The signal is asked too: its abort event may still be on its way to `end`.
      if (!active || signal?.aborted) return
      if (once || !event) end()
      if (event) this.#call(listener, name, event, end)
    }
    this.#ends?.push(end)
    this.listenerCount++
    listeners.on(name, receive)
    signal?.addEventListener('abort', end)
    if (signal?.aborted) end()
    if (initial && name === 'change') {
      const resets = this.#resets
      this.hold()
      runOutside(() => {
        for (const event of wedged.map(state => this.changeOf(state))) if (resets === this.#resets) receive(event)
      })
      this.flush()
    }
    end[Symbol.dispose] = end
    return end
  }

  /** Queues an event for the listeners that there are now. */
  push(listeners: Listeners, name: keyof WedgeEvents, event: object | null): void {
    const chain = this.#chain + 1
    const queued: Queued = { listeners: listeners.listeners(name), event, chain, next: null }
    if (this.#last) this.#last.next = queued
    else this.#first = queued
    this.#last = queued
  }

  /** Forgets all that waits. */
  reset(): void {
    this.#first = this.#last = null
    this.#resets++
  }

  /**
   * Foreign code of a transition is about to run: until {@link flush}, what it queues waits.
   *
   * @returns whether it may run: so deep in itself (a clock that marks, a logger that clears) it is in a circle
   */
  hold(): boolean {
    return this.#depth++ < 100
  }

  /** That foreign code is done: delivers all that waits, unless a delivery is under way, which will. */
  flush(): void {
    if (--this.#depth || !this.#first) return
    this.hold()
    runOutside(this.#deliver)
    this.flush()
  }

  /** Listeners queue more while this runs, and `reset` begins anew. One closure for all: it is called at each transition. */
  readonly #deliver = (): void => {
    for (let queued = this.#first; queued; queued = this.#first) {
      this.#first = queued.next
      if (!this.#first) this.#last = null
      this.#chain = queued.chain
      const resets = this.#resets
      for (const receive of queued.listeners) if (resets === this.#resets) receive(queued.event)
    }
    this.#chain = this.#calls = 0
  }

  /** Calls one listener, keeping its failure from everybody but the log. */
  #call(listener: Listener, name: string, event: object, end: () => void): void {
    const outer = this.#ends
    // A chain of transitions, each made by a listener of the one before, would never end; nor would one of listeners that
    // multiply, in time: 2 ** 100 calls.
    const isEndless = this.#chain >= 100 || (this.#chain > 5 && this.#calls++ > 100_000)
    const ends = isEndless ? [end] : undefined
    const last = this.#last
    this.#ends = ends
    try {
      const result = listener(event as never) as PromiseLike<unknown> | null | undefined
      result?.then?.(undefined, error => this.#log(name, event, 'failed', error))
    } catch (error) {
      this.#log(name, event, 'failed', error)
    }
    this.#ends = outer
    if (ends && last !== this.#last) {
      for (const each of ends) each()
      this.#log(name, event, 'unsubscribed after a chain of 100 transitions')
    }
  }

  #log(name: string, event: object, what: string, err?: unknown): void {
    const of = event as Partial<WedgeChange & WedgeAggregateChange>
    // An aggregate that became healthy names the scope that was the primary.
    const scope = of.scope ?? of.current?.scope ?? of.previous?.scope
    this.log('error', { event: name, scope, err }, `runtime wedge listener ${what}`)
  }
}

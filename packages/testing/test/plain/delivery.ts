import type { Unsubscribe, WedgeListenOptions } from '@runtime-wedge/core'
import { outside } from './ambient.ts'
import type { Flaw } from './flaws.ts'

interface Listener {
  readonly event: string
  readonly call: (event: object) => unknown
  readonly once: boolean
  active: boolean
}

interface Delivery {
  readonly to: { readonly listeners: readonly Listener[] }
  readonly event: object
  readonly chain: number
}

/** The listeners of one event, in order of subscription. */
export class PlainChannel {
  readonly event: string
  listeners: Listener[] = []

  constructor(event: string) {
    this.event = event
  }
}

/** First in, first out; who gets an event is settled when it is queued. */
export class PlainDelivery {
  readonly #flaw: Flaw | undefined
  readonly #logError: (fields: object, message: string) => void
  readonly #queue: Delivery[] = []
  #running: { readonly listener: Listener; readonly event: object; readonly chain: number } | undefined
  #held = 0
  #nested = 0

  constructor(flaw: Flaw | undefined, logError: (fields: object, message: string) => void) {
    this.#flaw = flaw
    this.#logError = logError
  }

  push(channel: PlainChannel, event: object): void {
    const to = this.#flaw === 'older events for new listeners' ? channel : { listeners: channel.listeners }
    const delivery = { to, event, chain: (this.#running?.chain ?? 0) + 1 }
    if (this.#flaw === 'depth-first delivery') outside(() => this.#deliver(delivery), false)
    else if (this.#flaw === 'last in, first out') this.#queue.unshift(delivery)
    else this.#queue.push(delivery)
  }

  /** Runs foreign code of what was committed; what it queues waits until it is done. */
  around(foreign: () => void): void {
    this.#breakChain()
    this.#held++
    try {
      foreign()
      if (this.#held > 1) return
      outside(() => {
        for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#deliver(next)
      }, this.#flaw === 'listeners run inside')
    } finally {
      this.#held--
    }
  }

  subscribe(
    channel: PlainChannel,
    call: unknown,
    options: WedgeListenOptions = {},
  ): Unsubscribe & { listener: Listener } {
    if (typeof call !== 'function') throw new TypeError('a listener must be a function')
    const { signal, once = false } = options
    const active = signal?.aborted !== true
    const listener: Listener = { event: channel.event, call: call as Listener['call'], once, active }
    if (active) channel.listeners = [...channel.listeners, listener]
    const end = (): void => {
      listener.active = false
      channel.listeners = channel.listeners.filter(other => other !== listener)
    }
    signal?.addEventListener('abort', end, { once: true })
    return Object.assign(end, { [Symbol.dispose]: end, listener })
  }

  tellAlone(listener: Listener, events: readonly object[]): void {
    const chain = this.#running?.chain ?? 0
    const flawed = this.#flaw === 'listeners run inside'
    this.around(() => outside(() => this.#deliverAll(listener, events, chain), flawed))
  }

  #deliverAll(listener: Listener, events: readonly object[], chain: number): void {
    for (const event of events) this.#deliver({ to: { listeners: [listener] }, event, chain })
  }

  #deliver({ to, event, chain }: Delivery): void {
    for (const listener of to.listeners) {
      if (!listener.active && this.#flaw !== 'removed listeners still hear') continue
      if (listener.once) listener.active = false
      const outer = this.#running
      this.#running = { listener, event, chain }
      try {
        this.#call(listener, event)
      } finally {
        this.#running = outer
      }
    }
  }

  #call(listener: Listener, event: object): void {
    const report = (err: unknown): void => this.#complain(listener, event, { err })
    try {
      const result = listener.call(event)
      if (this.#flaw !== 'rejecting listener is ignored') Promise.resolve(result).catch(report)
    } catch (error) {
      if (this.#flaw === 'throwing listener leaks') throw error
      if (this.#flaw === 'throwing listener is dropped') this.#queue.length = 0
      if (this.#flaw !== 'throwing listener is not logged') report(error)
    }
  }

  #breakChain(): void {
    if (this.#running === undefined) {
      this.#nested = 0
      return
    }
    const { listener, event, chain } = this.#running
    const length = this.#flaw === 'fan-out counted as a chain' ? ++this.#nested : chain
    if (length < 100 || this.#flaw === 'endless ping-pong') return
    listener.active = false
    this.#complain(listener, event, {})
  }

  #complain({ event: name }: Listener, event: object, fields: object): void {
    const { scope } = event as { scope?: string }
    this.#logError({ event: name, scope, ...fields }, 'a listener failed, or made a chain without end')
  }
}

import type { Unsubscribe, WedgeChange, WedgeChangesOptions, WedgeListenOptions } from './types.ts'

const DEFAULT_LIMIT = 1_024

/**
 * The events of `subscribe` as an iterator that keeps what was not taken yet. Written by hand: an async generator's
 * `return()` waits behind a pending `next()`, so that a loop could not be left while nothing happens.
 */
export class ChangeIterator<Event extends WedgeChange> implements AsyncIterableIterator<Event, undefined> {
  readonly #limit: number
  readonly #events: Event[] = []
  readonly #waiting: ((result: IteratorResult<Event, undefined>) => void)[] = []
  readonly #unsubscribe: Unsubscribe
  readonly #signal: AbortSignal | undefined
  #overflow: RangeError | undefined
  #ended = false

  constructor(
    subscribe: (listener: (event: Event) => void, options: WedgeListenOptions) => Unsubscribe,
    options: WedgeChangesOptions | undefined,
  ) {
    const limit = options?.limit ?? DEFAULT_LIMIT
    if (!Number.isInteger(limit) || limit < 1) {
      throw new TypeError(
        `changes({ limit }) needs a whole number of at least 1, got ${String(limit)}. Leave it out for ${DEFAULT_LIMIT}.`,
      )
    }
    const signal = options?.signal
    this.#limit = limit
    this.#signal = signal
    this.#unsubscribe = subscribe(event => this.#take(event), { signal })
    if (signal?.aborted === true) this.#end()
    else signal?.addEventListener('abort', this.#end)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Event, undefined>> {
    const event = this.#events.shift()
    if (event !== undefined) return Promise.resolve({ done: false, value: event })
    if (this.#overflow !== undefined) {
      const overflow = this.#overflow
      this.#overflow = undefined
      return Promise.reject(overflow)
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined })
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  return(): Promise<IteratorResult<Event, undefined>> {
    this.#end()
    return Promise.resolve({ done: true, value: undefined })
  }

  #take(event: Event): void {
    const waiting = this.#waiting.shift()
    if (waiting !== undefined) waiting({ done: false, value: event })
    else if (this.#events.length < this.#limit) this.#events.push(event)
    else {
      this.#end()
      this.#overflow = new RangeError(
        `changes() fell more than ${this.#limit} events behind. Take a snapshot() and iterate anew, with a larger limit if the loop is slow.`,
      )
    }
  }

  readonly #end = (): void => {
    if (this.#ended) return
    this.#ended = true
    this.#unsubscribe()
    this.#signal?.removeEventListener('abort', this.#end)
    this.#events.length = 0
    for (const resolve of this.#waiting.splice(0)) resolve({ done: true, value: undefined })
  }
}

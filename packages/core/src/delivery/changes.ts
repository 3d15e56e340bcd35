import { whenStackIsFree } from '../foreign/exhausted-stack.ts'
import { inputError } from '../foreign/input-error.ts'
import type { Unsubscribe, WedgeChange, WedgeChanges } from '../types.ts'

type Result<Scope extends string> = IteratorResult<WedgeChange<Scope>, undefined>

/** Subscribes to the changes; `onEnd` is called when that subscription ends, however it ends. */
export type SubscribeToChanges<Scope extends string> = (
  listener: (event: WedgeChange<Scope>) => void,
  onEnd: () => void,
) => Unsubscribe

const OVER = { done: true, value: undefined } as const

/**
 * The changes of a registry as an iterator that keeps the events that were not taken yet. It is not an async generator,
 * because a generator's `return()` waits behind a pending `next()`: a loop could not be left while nothing happens.
 *
 * @throws TypeError for a limit that is not a whole number above 0
 */
export function changeIterator<Scope extends string>(
  subscribe: SubscribeToChanges<Scope>,
  limit: number = 1_024,
): WedgeChanges<Scope> {
  if (!Number.isInteger(limit) || limit < 1) {
    throw inputError('changes({ limit })', 'a whole number above 0', limit, 'Leave it out for 1,024.')
  }
  const events = new Backlog<WedgeChange<Scope>>()
  /** The pending `next()` calls. */
  const readers = new Backlog<(result: Result<Scope>) => void>()
  let isOver = false
  let overflow: RangeError | undefined

  /** Gives waiting events to waiting readers. Each stays until it was given. */
  const serve = (): void => {
    for (let read = readers.first; read; read = readers.first) {
      const value = events.first
      if (!value) return
      read({ done: false, value })
      readers.shift()
      events.shift()
    }
  }

  const unsubscribe = subscribe(
    event => {
      if (readers.first) whenStackIsFree(serve)
      events.push(event)
      try {
        serve()
      } catch {
        // The stack is exhausted: a microtask serves them.
      }
      if (events.size <= limit) return
      unsubscribe()
      overflow = new RangeError(`changes() fell ${limit} events behind. Take a snapshot() and iterate again.`)
    },
    () => {
      isOver = true
      events.clear()
      for (let read = readers.shift(); read; read = readers.shift()) read(OVER)
    },
  )

  return {
    next: () =>
      new Promise((resolve, reject) => {
        const value = events.shift()
        if (value) return resolve({ done: false, value })
        if (!isOver) return readers.push(resolve)
        if (!overflow) return resolve(OVER)
        reject(overflow)
        overflow = undefined
      }),
    return() {
      unsubscribe()
      overflow = undefined
      return Promise.resolve(OVER)
    },
    throw(error) {
      unsubscribe()
      overflow = undefined
      return Promise.reject(error)
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** First in, first out; each item is moved once, so that a long backlog is drained in linear time. */
class Backlog<Item> {
  #newest: Item[] = []
  /** In reverse order: the next item is the last one here. */
  #oldest: Item[] = []

  get size(): number {
    return this.#newest.length + this.#oldest.length
  }

  push(item: Item): void {
    this.#newest.push(item)
  }

  /** The next one to be shifted. */
  get first(): Item | undefined {
    if (this.#oldest.length === 0) {
      this.#oldest = this.#newest.reverse()
      this.#newest = []
    }
    return this.#oldest.at(-1)
  }

  shift(): Item | undefined {
    const { first } = this
    this.#oldest.pop()
    return first
  }

  clear(): void {
    this.#newest = []
    this.#oldest = []
  }
}

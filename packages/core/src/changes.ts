import { invalid } from './invalid.ts'
import type { Unsubscribe, WedgeChangesOptions, WedgeListenOptions } from './types.ts'

/**
 * The events of `subscribe` as an iterator that keeps what was not taken yet. Written by hand: an async generator's
 * `return()` waits behind a pending `next()`, so that a loop could not be left while nothing happens.
 */
export function changeIterator<Event>(
  subscribe: (listener: (event: Event) => void, options: WedgeListenOptions) => Unsubscribe,
  { limit = 1_024, signal }: WedgeChangesOptions = {},
): AsyncIterableIterator<Event, undefined> {
  if (!(Number.isInteger(limit) && limit > 0)) {
    throw invalid('changes({ limit }) needs a whole number above 0', limit, 'Leave it out for 1024.')
  }
  type Result = IteratorResult<Event, undefined>
  const done: Result = { done: true, value: undefined }
  const events: Event[] = []
  const waiting: ((result: Result) => void)[] = []
  let overflow: RangeError | undefined
  let ended = false

  const end = (): void => {
    if (ended) return
    ended = true
    unsubscribe()
    signal?.removeEventListener('abort', end)
    events.length = 0
    for (const resolve of waiting.splice(0)) resolve(done)
  }
  const take = (value: Event): void => {
    const resolve = waiting.shift()
    if (resolve) resolve({ done: false, value })
    else if (events.push(value) > limit) {
      end()
      overflow = new RangeError(`changes() fell ${limit} events behind. Take a snapshot() and iterate anew.`)
    }
  }
  const unsubscribe = subscribe(take, { signal })
  signal?.addEventListener('abort', end)
  if (signal?.aborted) end()

  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      const error = overflow
      overflow = undefined
      if (error) throw error
      if (events.length) return { done: false, value: events.shift()! }
      return ended ? done : new Promise(resolve => waiting.push(resolve))
    },
    async return() {
      end()
      return done
    },
  }
}

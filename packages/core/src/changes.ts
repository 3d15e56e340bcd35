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
  if (!Number.isInteger(limit) || limit < 1) {
    throw invalid('changes({ limit }) needs a whole number of at least 1', limit, 'Leave it out for 1024.')
  }
  type Result = IteratorResult<Event, undefined>
  const events: Event[] = []
  const waiting: ((result: Result) => void)[] = []
  const done: Result = { done: true, value: undefined }
  let overflow: RangeError | undefined
  let ended = false

  const end = (): void => {
    ended = true
    unsubscribe()
    signal?.removeEventListener('abort', end)
    events.length = 0
    for (const resolve of waiting.splice(0)) resolve(done)
  }
  const take = (value: Event): void => {
    const resolve = waiting.shift()
    if (resolve !== undefined) resolve({ done: false, value })
    else if (events.length < limit) events.push(value)
    else {
      end()
      overflow = new RangeError(`changes() fell ${limit} events behind. Take a snapshot() and iterate anew.`)
    }
  }
  const unsubscribe = subscribe(take, { signal })
  if (signal?.aborted === true) end()
  else signal?.addEventListener('abort', end)

  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next: async () => {
      if (overflow !== undefined) {
        const error = overflow
        overflow = undefined
        throw error
      }
      if (events.length > 0) return { done: false, value: events.shift()! }
      return ended ? done : new Promise<Result>(resolve => waiting.push(resolve))
    },
    return: async () => {
      end()
      return done
    },
  }
}

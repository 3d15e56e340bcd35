import { invalid } from './invalid.ts'
import type { Unsubscribe, WedgeChangesOptions, WedgeListenOptions } from './types.ts'

/**
 * The events of `subscribe` as an iterator that keeps what was not taken yet. Its `return()` ends a pending `next()` first:
 * an async generator's own waits behind it, so that a loop could not be left while nothing happens.
 */
export function changeIterator<Event>(
  subscribe: (listener: (event: Event) => void, options: WedgeListenOptions) => Unsubscribe,
  { limit = 1_024, signal }: WedgeChangesOptions = {},
): AsyncIterableIterator<Event, undefined> {
  if (!(Number.isInteger(limit) && limit > 0)) {
    throw invalid('changes({ limit }) needs a whole number above 0', limit)
  }
  const events: Event[] = []
  let wake = (): void => {}
  let ended = false
  let overflow: RangeError | undefined

  const end = (): void => {
    ended = true
    events.length = 0
    unsubscribe()
    signal?.removeEventListener('abort', end)
    wake()
  }
  const unsubscribe = subscribe(
    event => {
      if (events.push(event) > limit) {
        end()
        overflow = new RangeError(`changes() fell ${limit} events behind. Take a snapshot() and iterate anew.`)
      }
      wake()
    },
    { signal },
  )
  signal?.addEventListener('abort', end)
  if (signal?.aborted) end()

  async function* iterate(): AsyncGenerator<Event, undefined> {
    while (!ended) {
      if (events.length) yield events.shift()!
      else
        await new Promise<void>(resolve => {
          wake = resolve
        })
    }
    if (overflow) throw overflow
  }
  const iterator = iterate()
  const leave = iterator.return.bind(iterator, undefined)
  return Object.assign(iterator, {
    return() {
      end()
      return leave()
    },
  })
}

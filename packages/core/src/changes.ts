import type { ListenOptions } from './delivery.ts'
import { invalid } from './invalid.ts'
import type { WedgeRegistry } from './registry.ts'
import type { WedgeChange, WedgeChangesOptions } from './types.ts'

/**
 * The changes of a registry as an iterator that keeps what was not taken yet. Its `return()` ends a pending `next()` first:
 * an async generator's own waits behind it, so that a loop could not be left while nothing happens.
 */
export function changeIterator<Scope extends string>(
  registry: WedgeRegistry<Scope>,
  { limit = 1_024, signal }: WedgeChangesOptions = {},
): AsyncIterableIterator<WedgeChange<Scope | 'default'>, undefined> {
  type Event = WedgeChange<Scope | 'default'>

  if (!Number.isInteger(limit) || limit < 1) throw invalid('limit needs a whole number above 0', limit)
  const events: Event[] = []
  let wake: (() => void) | undefined
  let ended = false
  let overflow: RangeError | undefined

  const end = registry.on(
    'change',
    event => {
      if (events.push(event) > limit) {
        end()
        overflow = new RangeError(`changes() fell ${limit} events behind. Take a snapshot() and iterate anew.`)
      }
      wake?.()
    },
    {
      signal,
      ended() {
        ended = true
        wake?.()
      },
    } as ListenOptions,
  )
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
  iterator.return = () => {
    end()
    return leave()
  }
  return iterator
}

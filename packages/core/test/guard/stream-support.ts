import type { GuardedStream } from '@runtime-wedge/core/guard'
import { vi } from 'vitest'
import { type Deferred, deferred } from './support.ts'

/** A source that a test drives: each `next()` waits for the test's next `send`, `end` or `fail`. */
export function scripted<T = string>() {
  const pulls: Deferred<IteratorResult<T, unknown>>[] = []
  const returned = vi.fn(
    (value?: unknown): Promise<IteratorResult<T, unknown>> => Promise.resolve({ done: true, value }),
  )
  const iterator = {
    next: () => {
      const pull = deferred<IteratorResult<T, unknown>>()
      pulls.push(pull)
      return pull.promise
    },
    return: returned,
  }
  return {
    returned,
    source: { [Symbol.asyncIterator]: () => iterator },
    send: (value: T) => pulls.shift()!.resolve({ done: false, value }),
    end: (value?: unknown) => pulls.shift()!.resolve({ done: true, value }),
    fail: (error: unknown) => pulls.shift()!.reject(error),
  }
}

export async function* messages<T>(...all: T[]): AsyncGenerator<T, string> {
  yield* all
  return 'the end'
}

export async function readAll<T>(stream: GuardedStream<T>): Promise<T[]> {
  const all: T[] = []
  for await (const message of stream) all.push(message)
  return all
}

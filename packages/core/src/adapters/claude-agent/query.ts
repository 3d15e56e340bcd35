import type { WedgeGuard } from '../../guard/index.ts'
import type { Query, Result } from './sdk.ts'
import type { ClaudeSession } from './session.ts'

/** Closes the guard that a state, a guarded function or a guarded query already has. */
export const formers: WeakMap<object, () => void> = new WeakMap()

/**
 * Guards a query in place.
 *
 * @param start makes the query
 * @param prompt the query's prompt; without it the whole query is one turn
 */
export function guardQuery(
  guard: WedgeGuard,
  session: ClaudeSession,
  start: (prompt: unknown) => Query,
  prompt?: unknown,
): Query {
  const seen = prompt && session.prompt(prompt)
  let query!: Query
  let next!: () => Promise<Result>
  let leave: Query['return']
  const source = {
    async next(): Promise<Result> {
      const result = await next()
      if (result.done) session.finish()
      return result
    },
    async return(value?: unknown): Promise<Result> {
      session.end()
      return (await leave?.(value)) ?? { done: true, value }
    },
  }
  const stream = guard.stream(
    call => {
      session.attach(call)
      query = start(seen)
      const messages = query[Symbol.asyncIterator]()
      const owner = query.return ? query : messages
      next = messages.next.bind(messages)
      leave = owner.return?.bind(owner)
      return { [Symbol.asyncIterator]: () => source }
    },
    { signal: session.signal },
  )
  const { close = source.return, streamInput } = query
  /** A method with which the host ends the query. */
  const ending = (method: ((argument?: never) => unknown) | undefined): unknown =>
    method &&
    ((argument: unknown) => {
      session.end()
      return method.call(query, argument as never)
    })
  formers.set(query, () => session.end())
  return Object.assign(query, {
    async next(): Promise<Result> {
      const result = await stream.next()
      if (!result.done) session.see(result.value)
      return result
    },
    return: (value?: unknown) => stream.return(value),
    throw: ending(query.throw),
    close: ending(close),
    streamInput: streamInput && ((messages: unknown) => streamInput.call(query, session.input(messages))),
    [Symbol.asyncIterator]: () => query,
    [Symbol.asyncDispose]: ending(query[Symbol.asyncDispose]),
    [Symbol.dispose]: ending(close),
  } as object)
}

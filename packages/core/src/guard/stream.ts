import { Call } from './call.ts'
import { WedgeDeadlineError } from './deadline-error.ts'
import type { Judge } from './judge.ts'
import type { GuardedStream, GuardStreamCall } from './types.ts'

type Source<T> = AsyncIterator<T, unknown>
type Result<T> = IteratorResult<T, unknown>

export interface StreamOptions {
  readonly firstMessageMs: number
  readonly idleMs: number
  readonly signal: AbortSignal | undefined
}

/** A call of many messages, in one turn or several. */
class StreamCall extends Call implements GuardStreamCall {
  readonly #options: StreamOptions
  awaitsFirst = true
  /** Whether this turn has brought a success. */
  succeeded = false

  constructor(judge: Judge, options: StreamOptions, onDeadline: () => void) {
    super(judge, 'stream', options.firstMessageMs, options.signal, onDeadline)
    this.#options = options
  }

  beginTurn(): void {
    this.renew()
    this.awaitsFirst = true
    this.succeeded = false
    this.deadlineMs = this.#options.firstMessageMs
    this.resume()
  }

  received(): void {
    this.awaitsFirst = false
    this.deadlineMs = this.#options.idleMs
  }

  /** The reader leaves: no pause holds the source's `return()` up, and no silence of the source. */
  leave(): void {
    this.paused = false
    this.deadlineMs = Math.min(this.#options.firstMessageMs, this.#options.idleMs)
    this.startDeadline()
  }
}

/** Passes a source's messages on; the deadline runs while somebody waits for one. */
export class StreamGuard<T> implements GuardedStream<T> {
  readonly #judge: Judge
  readonly #call: StreamCall
  readonly #opening: Promise<Source<T>> | undefined
  #source: Source<T> | undefined
  /** Ends each pending `next()` and `return()` without the source, oldest first. */
  readonly #waiting = new Set<(error?: unknown) => void>()
  #ended = false
  /** The reader left by `return()`: from here on nothing says anything about the executor. */
  #left = false

  constructor(
    judge: Judge,
    work: (call: GuardStreamCall) => AsyncIterable<T> | PromiseLike<AsyncIterable<T>>,
    options: StreamOptions,
  ) {
    this.#judge = judge
    this.#call = new StreamCall(judge, options, () => this.#expire())
    try {
      const source = work(this.#call)
      if ('then' in source) {
        this.#opening = Promise.resolve(source).then(opened => {
          this.#source = opened[Symbol.asyncIterator]()
          return this.#source
        })
        // The reader gets the rejection; without a reader it is no unhandled one.
        this.#opening.catch(() => {})
      } else this.#source = source[Symbol.asyncIterator]()
    } catch (error) {
      this.#fail(error)
      throw error
    }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<Result<T>> {
    if (this.#ended) return Promise.resolve({ done: true, value: undefined })
    const result = this.#wait(
      source => source.next(),
      result => (result.done ? this.#finish() : this.#receive(result.value)),
    )
    if (this.#waiting.size === 1) this.#call.startDeadline()
    return result
  }

  return(value?: unknown): Promise<Result<T>> {
    if (this.#ended) return Promise.resolve({ done: true, value })
    this.#ended = this.#left = true
    const result = this.#wait(
      async source => (await source.return?.(value)) ?? { done: true, value },
      () => this.#end(),
      value,
    )
    this.#call.leave()
    return result
  }

  #wait(
    act: (source: Source<T>) => PromiseLike<Result<T>>,
    judge: (result: Result<T>) => void,
    returned?: unknown,
  ): Promise<Result<T>> {
    return new Promise((resolve, reject) => {
      const end = (error?: unknown): void => (error ? reject(error) : resolve({ done: true, value: returned }))
      const succeed = (result: Result<T>): void => {
        if (!this.#waiting.delete(end)) return
        judge(result)
        resolve(result)
      }
      const fail = (error: unknown): void => {
        if (!this.#waiting.delete(end)) return
        this.#fail(error)
        reject(error)
      }
      this.#waiting.add(end)
      try {
        const result = this.#source ? act(this.#source) : this.#opening!.then(act)
        Promise.resolve(result).then(succeed, fail)
      } catch (error) {
        fail(error)
      }
    })
  }

  #receive(message: T): void {
    if (this.#left) return
    const call = this.#call
    call.received()
    if (this.#judge.received(call, message)) call.succeeded = true
    if (this.#waiting.size > 0) call.startDeadline()
    else call.stopDeadline()
  }

  #finish(): void {
    const call = this.#call
    if (this.#left) return
    if (call.awaitsFirst && !call.paused)
      this.#judge.failed(call, new Error('the stream ended without a message'), 'suspect')
    else if (!call.succeeded) this.#judge.showedLife(call)
    this.#end()
  }

  #fail(error: unknown): void {
    if (this.#left) {
      if (this.#waiting.size === 0) this.#end()
      return
    }
    this.#judge.failed(this.#call, error)
    this.#end()
  }

  #expire(): void {
    const call = this.#call
    const phase = call.awaitsFirst ? 'stream' : 'idle'
    const error = new WedgeDeadlineError(this.#judge.state.scope, phase, call.deadlineMs)
    if (!this.#left) {
      this.#judge.timedOut(call, error)
      this.#leaveSource()
    }
    call.expire(error)
    this.#end(this.#left ? undefined : error)
  }

  /** The end of the stream: whoever still waits is let go, the longest waiting with the error if there is one. */
  #end(error?: unknown): void {
    this.#ended = true
    this.#call.settle()
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const [index, end] of waiting.entries()) end(index === 0 ? error : undefined)
  }

  /** Tells the source that nobody reads it any more, and waits for nothing. */
  async #leaveSource(): Promise<void> {
    try {
      await (this.#source ?? (await this.#opening))?.return?.()
    } catch {}
  }
}

import { ignoreRejection } from '../foreign/ignore-rejection.ts'
import { WedgeDeadlineError } from './deadline-error.ts'
import type { Judge } from './judge.ts'
import { StreamCall, type StreamOptions } from './stream-call.ts'
import type { GuardedStream, GuardStreamCall } from './types.ts'

type Source<T> = AsyncIterator<T, unknown>
type Result<T> = IteratorResult<T, unknown>

const end = (value?: unknown): Result<never> => ({ done: true, value })

/** Passes a source's messages on; the deadline runs while someone waits for one. */
export class StreamGuard<T> implements GuardedStream<T> {
  readonly #judge: Judge
  readonly #call: StreamCall
  readonly #opening: Promise<Source<T>> | undefined
  #source: Source<T> | undefined
  /** Ends each pending `next()` and `return()` without the source. */
  readonly #waiting = new Set<(error?: Error) => void>()
  #ended = false

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
        // The reader gets the rejection, but there may be no reader.
        ignoreRejection(this.#opening)
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
    if (this.#ended) return Promise.resolve(end())
    const result = this.#wait(source => source.next())
    if (this.#waiting.size === 1) this.#call.startDeadline()
    return result
  }

  return(value?: unknown): Promise<Result<T>> {
    if (this.#ended) return Promise.resolve(end(value))
    this.#ended = true
    const result = this.#wait(async source => (await source.return?.(value)) ?? end(value), value)
    this.#call.abandon()
    return result
  }

  #wait(act: (source: Source<T>) => PromiseLike<Result<T>>, returned?: unknown): Promise<Result<T>> {
    return new Promise((resolve, reject) => {
      const letGo = (error?: Error): void => (error ? reject(error) : resolve(end(returned)))
      const succeed = (result: Result<T>): void => {
        if (!this.#waiting.delete(letGo)) return
        this.#judgeResult(result)
        resolve(result)
      }
      const fail = (error: unknown): void => {
        if (!this.#waiting.delete(letGo)) return
        this.#fail(error)
        reject(error)
      }
      this.#waiting.add(letGo)
      try {
        const result = this.#source ? act(this.#source) : this.#opening!.then(act)
        Promise.resolve(result).then(succeed, fail)
      } catch (error) {
        fail(error)
      }
    })
  }

  #judgeResult(result: Result<T>): void {
    const call = this.#call
    if (!result.done) {
      call.received()
      if (this.#judge.answered(call, result.value)) call.renew()
      if (this.#waiting.size > 0) call.startDeadline()
      else call.stopDeadline()
      return
    }
    if (!call.awaitsFirst) this.#judge.showedLife(call)
    else if (!call.isPaused) this.#judge.endedEmpty(call)
    this.#end()
  }

  #fail(error: unknown): void {
    this.#judge.failed(this.#call, error)
    this.#end()
  }

  #expire(): void {
    const call = this.#call
    const error = new WedgeDeadlineError(this.#judge.scope, call.awaited, call.deadlineMs)
    this.#judge.timedOut(call, error)
    call.expire(error)
    // A reader that has left waits only for the end, and the source has been told.
    if (!call.isAbandoned) ignoreRejection(this.#leaveSource())
    this.#end(call.isAbandoned ? undefined : error)
  }

  /** Ends the stream: whoever still waits is let go, with the error if there is one. */
  #end(error?: Error): void {
    this.#ended = true
    this.#call.settle()
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const letGo of waiting) letGo(error)
  }

  /** Tells the source that no one reads it any longer. */
  async #leaveSource(): Promise<void> {
    const source = this.#source ?? (await this.#opening)
    await source?.return?.()
  }
}

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

const end = (value?: unknown): Result<never> => ({ done: true, value })

/** A call of many messages, in one turn or several. */
class StreamCall extends Call implements GuardStreamCall {
  readonly #options: StreamOptions
  awaitsFirst = true

  constructor(judge: Judge, options: StreamOptions, onDeadline: () => void) {
    super(judge, 'stream', options.firstMessageMs, options.signal, onDeadline)
    this.#options = options
  }

  beginTurn(): void {
    this.renew()
    this.awaitsFirst = true
    this.deadlineMs = this.#options.firstMessageMs
    this.resume()
  }

  received(): void {
    this.awaitsFirst = false
    this.deadlineMs = this.#options.idleMs
  }

  /** The reader leaves: neither a pause nor a silence of the source holds `return()` up. */
  leave(): void {
    this.left = true
    this.paused = false
    this.deadlineMs = Math.min(this.#options.firstMessageMs, this.#options.idleMs)
    this.expectAnswer(true)
  }
}

/** Passes a source's messages on; the deadline runs while somebody waits for one. */
export class StreamGuard<T> implements GuardedStream<T> {
  readonly #judge: Judge
  readonly #call: StreamCall
  readonly #opening: Promise<Source<T>> | undefined
  #source: Source<T> | undefined
  /** Ends each pending `next()` and `return()` without the source. */
  readonly #waiting = new Set<(error?: unknown) => void>()
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
    if (this.#ended) return Promise.resolve(end())
    const result = this.#wait(source => source.next())
    if (this.#waiting.size === 1) this.#call.expectAnswer(true)
    return result
  }

  return(value?: unknown): Promise<Result<T>> {
    if (this.#ended) return Promise.resolve(end(value))
    this.#ended = true
    const result = this.#wait(async source => (await source.return?.(value)) ?? end(value), value)
    this.#call.leave()
    return result
  }

  #wait(act: (source: Source<T>) => PromiseLike<Result<T>>, returned?: unknown): Promise<Result<T>> {
    return new Promise((resolve, reject) => {
      const letGo = (error?: unknown): void => (error ? reject(error) : resolve(end(returned)))
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
      call.expectAnswer(this.#waiting.size > 0)
      return
    }
    if (!call.awaitsFirst) this.#judge.showedLife(call)
    else if (!call.paused) this.#judge.failed(call, new Error('the stream ended without a message'), 'suspect')
    this.#end()
  }

  #fail(error: unknown): void {
    this.#judge.failed(this.#call, error)
    this.#end()
  }

  #expire(): void {
    const call = this.#call
    const phase = call.awaitsFirst ? 'stream' : 'idle'
    const error = new WedgeDeadlineError(this.#judge.state.scope, phase, call.deadlineMs)
    this.#judge.failed(call, error, 'wedge', phase)
    call.expire(error)
    if (!call.left) this.#leaveSource()
    this.#end(call.left ? undefined : error)
  }

  /** The end of the stream: whoever still waits is let go. */
  #end(error?: unknown): void {
    this.#ended = true
    this.#call.settle()
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const letGo of waiting) letGo(error)
  }

  /** Tells the source that nobody reads it any more, and waits for nothing. */
  async #leaveSource(): Promise<void> {
    try {
      await (this.#source ?? (await this.#opening))?.return?.()
    } catch {}
  }
}

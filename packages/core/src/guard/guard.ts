import type { WedgeState } from '../types.ts'
import { Call } from './call.ts'
import { WedgeDeadlineError } from './deadline-error.ts'
import { Judge } from './judge.ts'
import { checkDeadlines, checkOptions, checkWork, noDeadline } from './options.ts'
import { StreamGuard } from './stream.ts'
import type {
  GuardCall,
  GuardCallOptions,
  GuardDeadlines,
  GuardedStream,
  GuardOptions,
  GuardStreamCall,
  WedgeGuard,
} from './types.ts'

type Work<T> = (call: GuardCall) => T | PromiseLike<T>

/**
 * Makes a guard for the client of one executor. Two open guards may share a state (a pool); a host that restarts an
 * executor closes the old guard before it makes the new one.
 *
 * @throws TypeError naming the option that is wrong
 * @example
 * ```ts
 * import { defaultRegistry } from '@runtime-wedge/core'
 * import { createGuard } from '@runtime-wedge/core/guard'
 *
 * const client = { connect: async () => {}, ask: async (question: string, _: { signal: AbortSignal }) => `${question} Yes.` }
 *
 * const state = defaultRegistry().scope('mcp:fs')
 * const guard = createGuard(state, { connectDeadlineMs: 120_000, requestDeadlineMs: 60_000 })
 * await guard.connect(() => client.connect())
 * console.log(await guard.request(({ signal }) => client.ask('Here?', { signal }))) // → Here? Yes.
 * ```
 */
export function createGuard(state: WedgeState, options: GuardOptions = {}): WedgeGuard {
  checkOptions(state, options)
  return new Guard(state, options)
}

class Guard implements WedgeGuard {
  readonly #judge: Judge
  readonly #deadlines: GuardDeadlines

  constructor(state: WedgeState, options: GuardOptions) {
    this.#deadlines = options
    this.#judge = new Judge(state, options)
  }

  connect<T>(work: Work<T>, options?: GuardCallOptions): Promise<Awaited<T>> {
    return this.#run('connect', 'connectDeadlineMs', work, options)
  }

  request<T>(work: Work<T>, options?: GuardCallOptions): Promise<Awaited<T>> {
    return this.#run('request', 'requestDeadlineMs', work, options)
  }

  stream<T>(
    work: (call: GuardStreamCall) => AsyncIterable<T> | PromiseLike<AsyncIterable<T>>,
    options?: GuardCallOptions,
  ): GuardedStream<T> {
    if (options) checkDeadlines(options)
    const idleMs = options?.idleMs ?? this.#deadlines.idleMs
    const firstMessageMs = options?.firstMessageMs ?? this.#deadlines.firstMessageMs ?? idleMs
    if (firstMessageMs === undefined) throw noDeadline('stream', 'firstMessageMs or idleMs')
    checkWork('stream', work)
    return new StreamGuard(this.#judge, work, { firstMessageMs, idleMs: idleMs ?? Infinity, signal: options?.signal })
  }

  report(error: unknown): void {
    this.#judge.died(error)
  }

  close(): void {
    this.#judge.closed = true
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #run<T>(
    phase: 'connect' | 'request',
    name: 'connectDeadlineMs' | 'requestDeadlineMs',
    work: Work<T>,
    options: GuardCallOptions | undefined,
  ): Promise<Awaited<T>> {
    if (options) checkDeadlines(options)
    const deadlineMs = options?.[name] ?? this.#deadlines[name]
    if (deadlineMs === undefined) throw noDeadline(phase, name)
    checkWork(phase, work)
    const judge = this.#judge
    if (phase === 'connect') judge.generation++
    return new Promise((resolve, reject) => {
      const call = new Call(judge, phase, deadlineMs, options?.signal, () => {
        const error = new WedgeDeadlineError(judge.state.scope, phase, deadlineMs)
        judge.failed(call, error, phase === 'request' ? 'suspect' : 'wedge')
        call.expire(error)
        reject(error)
      })
      const succeed = (value: Awaited<T>): void => {
        if (call.settled) return
        judge.showedLife(call)
        if (phase === 'request') judge.answered(call, value)
        call.settle()
        resolve(value)
      }
      const fail = (error: unknown): void => {
        if (call.settled) return
        judge.failed(call, error)
        call.settle()
        reject(error)
      }
      call.expectAnswer(true)
      try {
        Promise.resolve(work(call)).then(succeed, fail)
      } catch (error) {
        fail(error)
      }
    })
  }
}

import type { WedgeState } from '../types.ts'
import { Call } from './call.ts'
import { Deadline } from './deadline.ts'
import { WedgeDeadlineError } from './deadline-error.ts'
import { Judge } from './judge.ts'
import { assertCall, assertDeadline, assertGuardOptions } from './options.ts'
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

type Act<T> = (call: GuardCall) => T | PromiseLike<T>

/**
 * Makes a guard for the client of one executor. It never restarts anything, and until its deadline a call gives its caller
 * what it gives without a guard.
 *
 * Several open guards may share a state (a pool). A host that restarts an executor closes the old guard before it makes the
 * new one.
 *
 * @param state made by `registry.scope(key)`
 * @param options deadlines in milliseconds, and hooks
 * @returns the guard, open
 * @throws TypeError that names the invalid option
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
  assertGuardOptions('createGuard', state, options)
  return new Guard(state, options)
}

class Guard implements WedgeGuard {
  readonly #judge: Judge
  readonly #deadlines: GuardDeadlines

  constructor(state: WedgeState, options: GuardOptions) {
    this.#deadlines = options
    this.#judge = new Judge(state, options)
  }

  connect<T>(work: Act<T>, options?: GuardCallOptions): Promise<Awaited<T>> {
    assertCall('connect', work, options)
    const deadlineMs = options?.connectDeadlineMs ?? this.#deadlines.connectDeadlineMs
    assertDeadline('connect', 'connectDeadlineMs', deadlineMs)
    this.#judge.beginGeneration()
    return this.#run('connect', work, deadlineMs, options?.signal)
  }

  request<T>(work: Act<T>, options?: GuardCallOptions): Promise<Awaited<T>> {
    assertCall('request', work, options)
    const deadlineMs = options?.requestDeadlineMs ?? this.#deadlines.requestDeadlineMs
    assertDeadline('request', 'requestDeadlineMs', deadlineMs)
    return this.#run('request', work, deadlineMs, options?.signal)
  }

  stream<T>(
    work: (call: GuardStreamCall) => AsyncIterable<T> | PromiseLike<AsyncIterable<T>>,
    options?: GuardCallOptions,
  ): GuardedStream<T> {
    assertCall('stream', work, options)
    const idleMs = options?.idleMs ?? this.#deadlines.idleMs
    const firstMessageMs = options?.firstMessageMs ?? this.#deadlines.firstMessageMs ?? idleMs
    assertDeadline('stream', 'firstMessageMs or idleMs', firstMessageMs)
    return new StreamGuard(this.#judge, work, { firstMessageMs, idleMs: idleMs ?? Infinity, signal: options?.signal })
  }

  report(error: unknown): void {
    this.#judge.died(error)
  }

  close(): void {
    this.#judge.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #run<T>(
    phase: 'connect' | 'request',
    work: Act<T>,
    deadlineMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Awaited<T>> {
    const judge = this.#judge
    return new Promise((resolve, reject) => {
      const deadline = new Deadline(deadlineMs, () => {
        const error = new WedgeDeadlineError(judge.scope, phase, deadlineMs)
        judge.timedOut(call, error)
        call.expire(error)
        reject(error)
      })
      const call = new Call(judge, phase, deadline, signal)
      const succeed = (value: Awaited<T>): void => {
        if (call.isSettled) return
        judge.showedLife(call)
        if (phase === 'request') judge.answered(call, value)
        call.settle()
        resolve(value)
      }
      const fail = (error: unknown): void => {
        if (call.isSettled) return
        judge.failed(call, error)
        call.settle()
        reject(error)
      }
      call.startDeadline()
      try {
        Promise.resolve(work(call)).then(succeed, fail)
      } catch (error) {
        fail(error)
      }
    })
  }
}

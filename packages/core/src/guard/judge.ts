import type { WedgeAttempt, WedgeState } from '../types.ts'
import type { Call } from './call.ts'
import type { WedgeDeadlineError } from './deadline-error.ts'
import { defaultReason, defaultVerdict } from './defaults.ts'
import type { GuardContext, GuardOptions, WedgeVerdict } from './types.ts'

const VERDICTS = new Set<unknown>(['wedge', 'suspect', 'alive', 'ignore'] satisfies WedgeVerdict[])

/** Turns outcomes into verdicts, and verdicts into the state: generations and the count of suspects live here. */
export class Judge {
  readonly state: WedgeState
  readonly #options: GuardOptions
  readonly #suspectLimit: number
  #closed = false
  #generation = 0
  /** Numbers beginnings of work and counted suspects in one order. */
  #order = 0
  #lastCounted = 0
  #suspects = 0

  constructor(state: WedgeState, options: GuardOptions) {
    this.state = state
    this.#options = options
    this.#suspectLimit = options.suspectLimit ?? 2
  }

  get generation(): number {
    return this.#generation
  }

  nextOrder(): number {
    return ++this.#order
  }

  beginGeneration(): void {
    this.#generation++
  }

  close(): void {
    this.#closed = true
  }

  connected(call: Call): void {
    if (this.#concerns(call)) this.#suspects = 0
  }

  answered(call: Call, result: unknown): void {
    if (!this.#concerns(call)) return
    this.#suspects = 0
    if (this.#isSuccess(result)) call.attempt.succeed()
  }

  /** @returns whether the message was a success; the next one is then judged from here on. */
  received(call: Call, message: unknown): boolean {
    if (!this.#concerns(call) || !this.#isSuccess(message)) return false
    this.#suspects = 0
    call.attempt.succeed()
    call.renew()
    return true
  }

  showedLife(call: Call): void {
    if (this.#concerns(call)) this.#suspects = 0
  }

  failed(call: Call, error: unknown, fallback?: WedgeVerdict): void {
    if (this.#isStale(call)) return
    const context = { phase: call.phase, aborted: call.aborted }
    this.#apply(this.#classify(error, context, fallback), call, error, context)
    // A connection that was never made cannot die: the exit of its child is no news.
    if (call.phase === 'connect') this.beginGeneration()
  }

  timedOut(call: Call, error: WedgeDeadlineError): void {
    if (this.#isStale(call)) return
    const verdict = call.aborted ? 'ignore' : error.phase === 'request' ? 'suspect' : 'wedge'
    this.#apply(verdict, call, error, { phase: error.phase, aborted: call.aborted })
    if (call.phase === 'connect') this.beginGeneration()
  }

  died(error: unknown, call?: Call): void {
    if (call ? this.#isStale(call) : this.#closed) return
    const inFlight = call && !call.settled && call.phase !== 'connect'
    const context = { phase: inFlight ? call.phase : ('idle' as const), aborted: call?.aborted ?? false }
    const now = { began: this.nextOrder(), attempt: this.state.attempt() }
    this.#apply(this.#classify(error, context, 'wedge'), now, error, context)
  }

  #isStale(call: Call): boolean {
    return this.#closed || call.generation !== this.#generation
  }

  /** An aborted call proves nothing, whatever it resolves to: many SDKs resolve aborted work with an empty result. */
  #concerns(call: Call): boolean {
    return !call.aborted && !this.#isStale(call)
  }

  #isSuccess(result: unknown): boolean {
    try {
      return this.#options.isSuccess?.(result) ?? true
    } catch {
      return false
    }
  }

  #classify(error: unknown, context: GuardContext, fallback: WedgeVerdict | undefined): WedgeVerdict {
    try {
      const verdict = this.#options.classify?.(error, context)
      if (VERDICTS.has(verdict)) return verdict!
    } catch {}
    if (fallback && !context.aborted) return fallback
    try {
      return defaultVerdict(error, context)
    } catch {
      return 'alive'
    }
  }

  #apply(
    verdict: WedgeVerdict,
    work: { readonly began: number; readonly attempt: WedgeAttempt },
    error: unknown,
    context: GuardContext,
  ): void {
    if (verdict === 'ignore') return
    if (verdict === 'suspect') {
      if (work.began < this.#lastCounted) return
      this.#lastCounted = this.nextOrder()
      if (++this.#suspects < this.#suspectLimit) return
    }
    const inARow = verdict === 'suspect' ? this.#suspects : 1
    this.#suspects = 0
    if (verdict !== 'alive') work.attempt.fail(this.#reason(error, context, inARow), { cause: error })
  }

  #reason(error: unknown, context: GuardContext, inARow: number): string {
    let reason = `failed — restart ${this.state.scope}`
    try {
      reason = defaultReason(error, context.phase, this.state.scope, inARow)
      return this.#options.describe?.(error, { ...context, reason }) || reason
    } catch {
      return reason
    }
  }
}

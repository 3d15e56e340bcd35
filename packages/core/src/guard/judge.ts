import type { WedgeAttempt, WedgeState } from '../types.ts'
import type { Call } from './call.ts'
import { defaultReason, defaultVerdict } from './defaults.ts'
import type { GuardContext, GuardOptions, GuardPhase, WedgeVerdict } from './types.ts'

const VERDICTS: readonly unknown[] = ['wedge', 'suspect', 'alive', 'ignore'] satisfies WedgeVerdict[]

/** Turns outcomes into verdicts, and verdicts into the state: generations and the count of suspects live here. */
export class Judge {
  readonly state: WedgeState
  readonly #options: GuardOptions
  closed = false
  generation = 0
  /** Numbers beginnings of work and counted suspects in one order. */
  order = 0
  #lastCounted = 0
  #suspects = 0
  /** The call that made progress since the last counted suspect. */
  #progressed: unknown

  constructor(state: WedgeState, options: GuardOptions) {
    this.state = state
    this.#options = options
  }

  showedLife(call: Call): void {
    if (this.#concerns(call)) this.#suspects = 0
  }

  progress(call: Call): void {
    if (this.#concerns(call)) this.#progressed = call
  }

  /** @returns whether the answer, or the message, was a success */
  answered(call: Call, result: unknown): boolean {
    if (!this.#concerns(call) || !this.#isSuccess(result)) return false
    this.#suspects = 0
    call.attempt.succeed()
    return true
  }

  /** @param finding the verdict on what the guard itself found (a deadline, an empty stream); it needs no classifying */
  failed(call: Call, error: unknown, finding?: WedgeVerdict, phase: GuardPhase = call.phase): void {
    if (this.#isStale(call)) return
    const context = { phase, aborted: call.aborted, call }
    const verdict = finding ? (call.aborted ? 'ignore' : finding) : this.#classify(error, context)
    this.#apply(verdict, call, error, context)
    // A connection that was never made cannot die: the exit of its child is no news.
    if (phase === 'connect') this.generation++
  }

  died(error: unknown, call?: Call): void {
    if (call ? this.#isStale(call) : this.closed) return
    const context: GuardContext = { phase: 'idle', aborted: call?.aborted ?? false, call }
    const now = { began: ++this.order, attempt: this.state.attempt() }
    this.#apply(this.#classify(error, context, 'wedge'), now, error, context)
  }

  #isStale(call: Call): boolean {
    return this.closed || call.generation !== this.generation
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

  #classify(error: unknown, context: GuardContext, fallback?: WedgeVerdict): WedgeVerdict {
    try {
      const verdict = this.#options.classify?.(error, context)
      if (VERDICTS.includes(verdict)) return verdict!
    } catch {}
    return fallback && !context.aborted ? fallback : defaultVerdict(error, context)
  }

  #apply(
    verdict: WedgeVerdict,
    work: { readonly began: number; readonly attempt: WedgeAttempt },
    error: unknown,
    context: GuardContext,
  ): void {
    if (verdict === 'ignore') return
    let inARow = 1
    if (verdict === 'suspect') {
      if (work.began < this.#lastCounted) return
      this.#lastCounted = ++this.order
      // Its own progress excuses no call: who begins every answer and ends none is wedged.
      if ((this.#progressed ?? work) !== work) this.#suspects = 0
      this.#progressed = undefined
      inARow = ++this.#suspects
      if (inARow < (this.#options.suspectLimit ?? 2)) return
    }
    this.#suspects = 0
    if (verdict !== 'alive') work.attempt.fail(this.#reason(error, context, inARow), { cause: error })
  }

  #reason(error: unknown, context: GuardContext, inARow: number): string {
    const reason = defaultReason(error, context.phase, this.state.scope, inARow)
    try {
      return this.#options.describe?.(error, { ...context, reason }) || reason
    } catch {
      return reason
    }
  }
}

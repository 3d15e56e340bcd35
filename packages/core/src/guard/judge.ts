import { redactSecrets } from '../foreign/redact-secrets.ts'
import type { WedgeState } from '../types.ts'
import type { WedgeDeadlineError } from './deadline-error.ts'
import { DEFAULT_SUSPECT_LIMIT } from './options.ts'
import { defaultReason } from './reason.ts'
import type { GuardContext, GuardOptions, GuardReasonContext, WedgeVerdict } from './types.ts'
import { defaultVerdict } from './verdict.ts'
import type { Beginning, Work } from './work.ts'

const VERDICTS: readonly unknown[] = ['wedge', 'suspect', 'alive', 'ignore'] satisfies WedgeVerdict[]

/** Turns outcomes into verdicts, and verdicts into the state: generations and the count of suspects live here. */
export class Judge {
  readonly #state: WedgeState
  readonly #options: GuardOptions
  readonly #suspectLimit: number
  #isClosed = false
  #generation = 0
  /** Numbers the beginnings of work and the counted suspects in one sequence. */
  #order = 0
  #lastCounted = 0
  #suspects = 0
  /** The work that made progress since the last counted suspect. */
  #progressed: Work | undefined

  constructor(state: WedgeState, options: GuardOptions) {
    this.#state = state
    this.#options = options
    this.#suspectLimit = options.suspectLimit ?? DEFAULT_SUSPECT_LIMIT
  }

  get scope(): string {
    return this.#state.scope
  }

  /** The number of the current connection; what was begun on an older one is stale. */
  get generation(): number {
    return this.#generation
  }

  /** A new connection is being made. */
  beginGeneration(): void {
    this.#generation++
  }

  /** Work begins, or begins again, now. */
  begin(): Beginning {
    return { order: ++this.#order, attempt: this.#state.attempt() }
  }

  /** From here on nothing changes the state. */
  close(): void {
    this.#isClosed = true
  }

  showedLife(work: Work): void {
    if (this.#concerns(work)) this.#suspects = 0
  }

  progressed(work: Work): void {
    if (this.#concerns(work)) this.#progressed = work
  }

  /** @returns whether the answer, or the message, was a success */
  answered(work: Work, result: unknown): boolean {
    if (!this.#concerns(work) || !this.#isSuccess(result)) return false
    this.#suspects = 0
    work.beginning.attempt.succeed()
    return true
  }

  failed(work: Work, error: unknown): void {
    if (this.#isStale(work)) return
    const context = contextOf(work)
    this.#apply(this.#classify(error, context), work.beginning, error, context)
    this.#abandonConnection(work)
  }

  /** A deadline of the guard passed: no hook is asked. */
  timedOut(work: Work, error: WedgeDeadlineError): void {
    this.#found(error.phase === 'request' ? 'suspect' : 'wedge', work, error, {
      ...contextOf(work),
      phase: error.phase,
    })
  }

  /** A stream ended although its turn had no message: no hook is asked. */
  endedEmpty(work: Work): void {
    this.#found('suspect', work, new Error('the stream ended without a message'), contextOf(work))
  }

  /** @param work the call that made or used the dead connection; left out if it is not known */
  died(error: unknown, work?: Work): void {
    if (work ? this.#isStale(work) : this.#isClosed) return
    const now = this.begin()
    const context: GuardContext = { phase: 'idle', aborted: work?.isAborted ?? false, call: work }
    this.#apply(this.#classify(error, context, 'wedge'), now, error, context)
  }

  /** What the guard itself found needs no classifying. */
  #found(verdict: WedgeVerdict, work: Work, error: Error, context: GuardContext): void {
    if (this.#isStale(work)) return
    if (!context.aborted) this.#apply(verdict, work.beginning, error, context)
    this.#abandonConnection(work)
  }

  /** A connection that was never made cannot die: whatever its child does from here on is stale. */
  #abandonConnection({ phase }: Work): void {
    if (phase === 'connect') this.#generation++
  }

  #isStale(work: Work): boolean {
    return this.#isClosed || work.generation !== this.#generation
  }

  /** Aborted work proves nothing, whatever it resolves to: many SDKs resolve it with an empty result. */
  #concerns(work: Work): boolean {
    return !work.isAborted && !this.#isStale(work)
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
    } catch {
      // As if it had returned undefined.
    }
    return fallback && !context.aborted ? fallback : defaultVerdict(error, context)
  }

  #apply(verdict: WedgeVerdict, { order, attempt }: Beginning, error: unknown, context: GuardContext): void {
    if (verdict === 'ignore') return
    let inARow = 1
    if (verdict === 'suspect') {
      if (order < this.#lastCounted) return
      inARow = this.#countSuspect(context)
      if (inARow < this.#suspectLimit) return
    }
    this.#suspects = 0
    if (verdict !== 'alive') attempt.fail(this.#reason(error, context, inARow), { cause: error })
  }

  /** @returns how many there are in a row now */
  #countSuspect({ call }: GuardContext): number {
    this.#lastCounted = ++this.#order
    // No call is excused by its own progress: an executor that begins every answer and finishes none is wedged.
    if (this.#progressed && this.#progressed !== call) this.#suspects = 0
    this.#progressed = undefined
    return ++this.#suspects
  }

  /** Every reason of the guard is made here, the host's own included, so that secrets of known forms are in none of them. */
  #reason(error: unknown, context: GuardContext, inARow: number): string {
    const reason = defaultReason(error, context.phase, this.scope, inARow)
    return redactSecrets(this.#describe(error, { ...context, reason }) || reason)
  }

  #describe(error: unknown, context: GuardReasonContext): string | undefined {
    try {
      const described: unknown = this.#options.describe?.(error, context)
      return typeof described === 'string' ? described : undefined
    } catch {
      return undefined
    }
  }
}

function contextOf(work: Work): GuardContext {
  return { phase: work.phase, aborted: work.isAborted, call: work }
}

import type { WedgeAttempt } from '../types.ts'
import type { WedgeDeadlineError } from './deadline-error.ts'
import type { Judge } from './judge.ts'
import type { GuardCall, GuardPhase } from './types.ts'

/** A number in browsers and on the edge, where no timer keeps anything alive. */
type Timer = ReturnType<typeof setTimeout> & { unref?(): unknown }

/** One piece of guarded work: its deadline, its signal, and when it began. */
export class Call implements GuardCall {
  readonly phase: GuardPhase
  readonly generation: number
  attempt: WedgeAttempt
  began: number
  settled = false
  paused = false
  left = false
  deadlineMs: number
  readonly #judge: Judge
  readonly #onDeadline: () => void
  #caller: AbortSignal | undefined
  #timer: Timer | undefined
  #awaited = false
  #controller: AbortController | undefined
  #expiry: WedgeDeadlineError | undefined
  #abort: (() => void) | undefined

  constructor(
    judge: Judge,
    phase: GuardPhase,
    deadlineMs: number,
    caller: AbortSignal | undefined,
    onDeadline: () => void,
  ) {
    this.#judge = judge
    this.phase = phase
    this.generation = judge.generation
    this.attempt = judge.state.attempt()
    this.began = ++judge.order
    this.deadlineMs = deadlineMs
    this.#caller = caller
    this.#onDeadline = onDeadline
  }

  /** Whether the caller wants the work no more: whatever comes of it says nothing about the executor. */
  get aborted(): boolean {
    return this.left || this.#caller?.aborted === true
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      const controller = new AbortController()
      const caller = this.#caller
      this.#controller = controller
      this.#abort = () => controller.abort(this.#expiry ?? caller?.reason)
      if (this.#expiry || caller?.aborted) this.#abort()
      else caller?.addEventListener('abort', this.#abort, { once: true })
    }
    return this.#controller.signal
  }

  progress(): void {
    if (this.settled) return
    this.#judge.progress(this)
    this.resume()
  }

  pause(): void {
    this.paused = true
    this.expectAnswer(this.#awaited)
  }

  resume(): void {
    this.paused = false
    this.expectAnswer(this.#awaited)
  }

  report(error: unknown): void {
    this.#judge.died(error, this)
  }

  /** From here on what happens is judged as of now. */
  renew(): void {
    this.attempt = this.#judge.state.attempt()
    this.began = ++this.#judge.order
  }

  /** The deadline runs while an answer is awaited, anew from each call of this on, unless paused. */
  expectAnswer(awaited: boolean): void {
    this.#awaited = awaited
    clearTimeout(this.#timer)
    if (!awaited || this.paused || this.deadlineMs === Infinity) return
    this.#timer = setTimeout(this.#onDeadline, this.deadlineMs)
    this.#timer.unref?.()
  }

  /** The end of the call, after it has been judged: no timer and no listener outlives it. */
  settle(): void {
    this.settled = true
    this.expectAnswer(false)
    if (this.#abort) this.#caller?.removeEventListener('abort', this.#abort)
    this.#caller = undefined
  }

  expire(error: WedgeDeadlineError): void {
    this.settle()
    this.#expiry = error
    this.#abort?.()
  }
}

import type { WedgeAttempt } from '../types.ts'
import type { WedgeDeadlineError } from './deadline-error.ts'
import type { Judge } from './judge.ts'
import type { GuardCall, GuardPhase } from './types.ts'

type Timer = ReturnType<typeof setTimeout>

/** One piece of guarded work: its deadline, its signal, and when it began. */
export class Call implements GuardCall {
  readonly phase: GuardPhase
  readonly generation: number
  attempt: WedgeAttempt
  began: number
  settled = false
  paused = false
  deadlineMs: number
  readonly #judge: Judge
  readonly #onDeadline: () => void
  #caller: AbortSignal | undefined
  #timer: Timer | undefined
  #awaited = false
  #controller: AbortController | undefined
  #expiry: WedgeDeadlineError | undefined
  #forward: (() => void) | undefined

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
    this.began = judge.nextOrder()
    this.deadlineMs = deadlineMs
    this.#caller = caller
    this.#onDeadline = onDeadline
  }

  get aborted(): boolean {
    return this.#caller?.aborted === true
  }

  get signal(): AbortSignal {
    this.#controller ??= this.#makeController()
    return this.#controller.signal
  }

  progress(): void {
    if (this.settled) return
    this.#judge.showedLife(this)
    this.resume()
  }

  pause(): void {
    this.paused = true
    clearTimeout(this.#timer)
  }

  resume(): void {
    this.paused = false
    if (this.#awaited) this.startDeadline()
  }

  report(error: unknown): void {
    this.#judge.died(error, this)
  }

  /** From here on what happens is judged as of now. */
  renew(): void {
    this.attempt = this.#judge.state.attempt()
    this.began = this.#judge.nextOrder()
  }

  /** The executor's turn: runs the deadline from now on, unless paused. */
  startDeadline(): void {
    this.#awaited = true
    clearTimeout(this.#timer)
    if (this.paused || this.deadlineMs === Infinity) return
    const timer: Timer | number = setTimeout(this.#onDeadline, this.deadlineMs)
    this.#timer = timer
    // A number in browsers and on the edge, where no timer keeps anything alive.
    if (typeof timer === 'object') timer.unref()
  }

  stopDeadline(): void {
    this.#awaited = false
    clearTimeout(this.#timer)
  }

  /** The end of the call, after it has been judged: no timer and no listener outlives it. */
  settle(): void {
    this.settled = true
    this.stopDeadline()
    if (this.#forward) this.#caller?.removeEventListener('abort', this.#forward)
    this.#caller = undefined
  }

  expire(error: WedgeDeadlineError): void {
    this.settle()
    this.#expiry = error
    this.#controller?.abort(error)
  }

  #makeController(): AbortController {
    const controller = new AbortController()
    const caller = this.#caller
    if (this.#expiry) controller.abort(this.#expiry)
    else if (caller?.aborted) controller.abort(caller.reason)
    else if (caller) {
      this.#forward = () => controller.abort(caller.reason)
      caller.addEventListener('abort', this.#forward, { once: true })
    }
    return controller
  }
}

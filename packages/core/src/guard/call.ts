import { CallSignal } from './call-signal.ts'
import type { Deadline } from './deadline.ts'
import type { Judge } from './judge.ts'
import type { GuardPhase } from './types.ts'
import type { Beginning, Work } from './work.ts'

/** One piece of guarded work: when it began, its deadline and its signal. */
export class Call implements Work {
  readonly phase: GuardPhase
  readonly generation: number
  readonly #judge: Judge
  readonly #deadline: Deadline
  readonly #signal: CallSignal
  #beginning: Beginning
  #isSettled = false

  constructor(judge: Judge, phase: GuardPhase, deadline: Deadline, caller: AbortSignal | undefined) {
    this.phase = phase
    this.generation = judge.generation
    this.#judge = judge
    this.#deadline = deadline
    this.#signal = new CallSignal(caller)
    this.#beginning = judge.begin()
  }

  get beginning(): Beginning {
    return this.#beginning
  }

  get isAborted(): boolean {
    return this.#signal.isCallerAborted
  }

  get isSettled(): boolean {
    return this.#isSettled
  }

  get signal(): AbortSignal {
    return this.#signal.signal
  }

  progress(): void {
    if (this.#isSettled) return
    this.#judge.progressed(this)
    this.#deadline.resume()
  }

  pause(): void {
    this.#deadline.pause()
  }

  resume(): void {
    this.#deadline.resume()
  }

  report(error: unknown): void {
    this.#judge.died(error, this)
  }

  /** From here on, outcomes are judged as if the call had begun now. */
  renew(): void {
    this.#beginning = this.#judge.begin()
  }

  startDeadline(): void {
    this.#deadline.start()
  }

  stopDeadline(): void {
    this.#deadline.stop()
  }

  /** Ends the call, after it has been judged: no timer and no listener outlives it. */
  settle(): void {
    this.#isSettled = true
    this.#deadline.stop()
    this.#signal.detach()
  }

  /** Ends the call at its deadline, and tells the work. */
  expire(error: Error): void {
    this.settle()
    this.#signal.expire(error)
  }
}

import type { WedgeAttempt } from '../types.ts'
import type { GuardCall, GuardPhase } from './types.ts'

/** When work began, or began again: what happens later is judged as of that moment. */
export interface Beginning {
  /** Its place among the beginnings and the counted suspects of one guard. */
  readonly order: number
  readonly attempt: WedgeAttempt
}

/** One piece of guarded work, as the judge sees it. */
export interface Work extends GuardCall {
  readonly phase: GuardPhase
  /** The connection that it was begun on. */
  readonly generation: number
  readonly beginning: Beginning
  /** Whether the caller no longer wants the work: whatever comes of it says nothing about the executor. */
  readonly isAborted: boolean
}

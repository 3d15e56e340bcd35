import { createGuard, type WedgeGuard } from '../../guard/index.ts'
import type { WedgeState } from '../../types.ts'
import { sessionOf } from './session.ts'
import type { ClaudeGuardOptions } from './types.ts'
import { isProof } from './verdict.ts'

const CONNECT_DEADLINE_MS = 120_000
const FIRST_MESSAGE_MS = 120_000

/** A guard with the adapter's defaults, for any number of sessions: each call is judged by its own. */
export function newGuard(state: WedgeState, options: ClaudeGuardOptions): WedgeGuard {
  return createGuard(state, {
    ...options,
    connectDeadlineMs: options.connectDeadlineMs ?? CONNECT_DEADLINE_MS,
    firstMessageMs: options.firstMessageMs ?? FIRST_MESSAGE_MS,
    isSuccess: options.isSuccess ?? isProof,
    classify: (error, context) => sessionOf(context)?.classify(error, context),
    describe: (error, context) => sessionOf(context)?.describe(error, context),
  })
}

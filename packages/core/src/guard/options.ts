import { assertSignal } from '../foreign/abort-signal.ts'
import { assertFunction, inputError } from '../foreign/input-error.ts'
import { MAX_TIMER_MS } from '../foreign/max-timer.ts'
import type { WedgeState } from '../types.ts'
import type { GuardCallOptions, GuardDeadlines, GuardOptions } from './types.ts'

/** How many suspects in a row make a wedge, unless the options say otherwise. */
export const DEFAULT_SUSPECT_LIMIT = 2

const DEADLINES = ['connectDeadlineMs', 'requestDeadlineMs', 'firstMessageMs', 'idleMs'] as const
const HOOKS = ['classify', 'describe', 'isSuccess'] as const
const NO_DEADLINE = 'Pass Infinity for no deadline.'

/**
 * Checks what a guard is made with.
 *
 * @param setUp the function that the caller called: `createGuard`, or an adapter's
 * @throws TypeError that names what is invalid
 */
export function assertGuardOptions(setUp: string, state: WedgeState, options: GuardOptions): void {
  if (typeof state?.attempt !== 'function')
    throw inputError(`${setUp}(state)`, 'a WedgeState', state, 'Pass registry.scope(key).')
  if (typeof options !== 'object' || options === null)
    throw inputError(`${setUp}(options)`, 'an object', options, 'Leave it out for the defaults.')
  assertDeadlines(setUp, options)
  const { suspectLimit = DEFAULT_SUSPECT_LIMIT } = options
  if (suspectLimit !== Infinity && !(Number.isInteger(suspectLimit) && suspectLimit >= 1)) {
    const wayOut = `Leave it out for ${DEFAULT_SUSPECT_LIMIT}.`
    throw inputError(`${setUp}({ suspectLimit })`, 'a whole number of at least 1, or Infinity', suspectLimit, wayOut)
  }
  for (const name of HOOKS) {
    if (options[name] !== undefined)
      assertFunction(`${setUp}({ ${name} })`, options[name], 'Leave it out for the default.')
  }
}

/**
 * Checks what a call of the guard is made with.
 *
 * @param method of the guard
 * @throws TypeError that names what is invalid
 */
export function assertCall(method: string, work: unknown, options: GuardCallOptions | undefined): void {
  assertFunction(`${method}(work)`, work, 'Pass a function that makes the call.')
  if (!options) return
  assertDeadlines(method, options)
  assertSignal(`${method}({ signal })`, options.signal)
}

/** @throws TypeError if neither the guard nor the call has the deadline */
export function assertDeadline(method: string, names: string, ms: number | undefined): asserts ms is number {
  if (ms !== undefined) return
  const wayOut = `Give ${names} to createGuard or to this call. ${NO_DEADLINE}`
  throw inputError(`${method}(work, { ${names} })`, 'milliseconds', ms, wayOut)
}

function assertDeadlines(caller: string, deadlines: GuardDeadlines): void {
  for (const name of DEADLINES) {
    const ms: unknown = deadlines[name]
    if (ms === undefined || ms === Infinity) continue
    if (typeof ms !== 'number' || !(ms > 0 && ms <= MAX_TIMER_MS)) {
      const rule = `a number of milliseconds above 0 and up to ${MAX_TIMER_MS}`
      throw inputError(`${caller}({ ${name} })`, rule, ms, NO_DEADLINE)
    }
  }
}

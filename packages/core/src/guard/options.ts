import type { WedgeState } from '../types.ts'
import type { GuardDeadlines, GuardOptions } from './types.ts'

const DEADLINES = ['connectDeadlineMs', 'requestDeadlineMs', 'firstMessageMs', 'idleMs'] as const
const HOOKS = ['classify', 'describe', 'isSuccess'] as const
const NONE = 'Infinity is no deadline.'
/** What `setTimeout` can wait; a longer delay would fire at once. */
const LONGEST_MS = 2 ** 31 - 1

function invalid(rule: string, value: unknown, wayOut: string): TypeError {
  const got =
    typeof value === 'string' ? JSON.stringify(value) : typeof value === 'number' ? String(value) : typeof value
  return new TypeError(`${rule}, got ${got}. ${wayOut}`)
}

const isFunction = (value: unknown): boolean => typeof value === 'function'

export function checkDeadlines(deadlines: GuardDeadlines): void {
  for (const name of DEADLINES) {
    const ms: unknown = deadlines[name]
    if (ms !== undefined && ms !== Infinity && !(typeof ms === 'number' && ms > 0 && ms <= LONGEST_MS))
      throw invalid(`${name} must be milliseconds from above 0 to ${LONGEST_MS}`, ms, NONE)
  }
}

export function checkOptions(state: WedgeState, options: GuardOptions): void {
  if (!isFunction(state?.attempt))
    throw invalid('createGuard(state) needs a WedgeState', state, 'Pass registry.scope(key).')
  checkDeadlines(options)
  const { suspectLimit = 2 } = options
  if (!(suspectLimit >= 1 && Math.floor(suspectLimit) === suspectLimit))
    throw invalid('suspectLimit must be a whole number from 1', suspectLimit, 'The default is 2.')
  for (const name of HOOKS)
    if (options[name] !== undefined && !isFunction(options[name]))
      throw invalid(`${name} must be a function`, options[name], 'Leave it out for the default.')
}

export function checkWork(method: string, work: unknown): void {
  if (!isFunction(work)) throw invalid(`${method}(work) needs a function`, work, 'Pass () => the call.')
}

export function noDeadline(method: string, name: string): TypeError {
  return new TypeError(`${method} has no deadline. Give ${name} to createGuard or to this call. ${NONE}`)
}

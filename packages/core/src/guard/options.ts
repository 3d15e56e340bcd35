import type { WedgeState } from '../types.ts'
import type { GuardDeadlines, GuardOptions } from './types.ts'

const DEADLINES = ['connectDeadlineMs', 'requestDeadlineMs', 'firstMessageMs', 'idleMs'] as const
const HOOKS = ['classify', 'describe', 'isSuccess'] as const
/** What `setTimeout` can wait; a longer delay would fire at once. */
const LONGEST_MS = 2 ** 31 - 1

const show = (value: unknown): string =>
  typeof value === 'string' ? JSON.stringify(value) : typeof value === 'number' ? `${value}` : typeof value

export function checkDeadlines(deadlines: GuardDeadlines): void {
  for (const name of DEADLINES) {
    const ms: unknown = deadlines[name]
    if (ms === undefined || ms === Infinity || (typeof ms === 'number' && ms > 0 && ms <= LONGEST_MS)) continue
    throw new TypeError(
      `${name} must be milliseconds above 0 and at most ${LONGEST_MS}, got ${show(ms)}. Infinity says that there is no deadline.`,
    )
  }
}

export function checkOptions(state: WedgeState, options: GuardOptions): void {
  if (typeof state?.attempt !== 'function')
    throw new TypeError(`createGuard(state) needs a WedgeState, got ${show(state)}. Pass registry.scope(key).`)
  checkDeadlines(options)
  const limit: unknown = options.suspectLimit
  if (limit !== undefined && limit !== Infinity && !(Number.isInteger(limit) && Number(limit) > 0))
    throw new TypeError(`suspectLimit must be a whole number from 1, got ${show(limit)}. 2 is the default.`)
  for (const name of HOOKS) {
    const hook: unknown = options[name]
    if (hook !== undefined && typeof hook !== 'function')
      throw new TypeError(`${name} must be a function, got ${show(hook)}. Leave it out for the default.`)
  }
}

export function checkWork(method: string, work: unknown): void {
  if (typeof work !== 'function')
    throw new TypeError(`${method}(work) needs a function, got ${show(work)}. Pass () => the call to guard.`)
}

export function noDeadline(method: string, name: string): TypeError {
  return new TypeError(
    `${method} has no deadline. Give ${name} to createGuard or to this call; Infinity says on purpose that there is none.`,
  )
}

import { ignoreRejection } from '../foreign/ignore-rejection.ts'
import { inputError } from '../foreign/input-error.ts'

/** What the host says about its work. What is absent or of another type is sent as its default. */
export interface HeartbeatStats {
  /**
   * The share of requests that failed, from 0 to 1.
   *
   * @default 0
   */
  readonly error_rate?: number | undefined
  /**
   * The last error, for an operator; while a scope is wedged, its reason is sent instead.
   *
   * @default ""
   */
  readonly sample_error?: string | undefined
  /**
   * How many tasks run now; sent as a whole number.
   *
   * @default 0
   */
  readonly active_tasks?: number | undefined
  /**
   * What the host is doing, in its own words: at most 1,024 characters are sent.
   *
   * @default ""
   */
  readonly current_task?: string | undefined
}

/** The stats as they are sent, with texts that are not cleaned yet. */
export interface ReadStats {
  readonly error_rate: number
  readonly sample_error: unknown
  readonly active_tasks: number
  readonly current_task: unknown
}

const number = (value: unknown): number => (typeof value === 'number' && value > 0 && value < Infinity ? value : 0)

/** @throws what `stats` or a getter of its result throws, and a TypeError for a promise */
export function readStats(stats?: () => HeartbeatStats): ReadStats {
  const given: HeartbeatStats = stats?.() ?? {}
  if ('then' in Object(given)) {
    ignoreRejection(given)
    throw inputError('stats()', 'to return the figures at once', given, 'Return the last ones that are known.')
  }
  return {
    error_rate: Math.min(1, number(given.error_rate)),
    sample_error: given.sample_error,
    active_tasks: Math.trunc(Math.min(Number.MAX_SAFE_INTEGER, number(given.active_tasks))),
    current_task: given.current_task,
  }
}

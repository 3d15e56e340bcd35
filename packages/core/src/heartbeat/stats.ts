import { hush } from './hush.ts'

/** What the host says of its work. What is absent, or of another type, is sent as `0` or `""`. */
export interface HeartbeatStats {
  /** The share of requests that failed, from 0 to 1. */
  readonly error_rate?: number | undefined
  /** The last error, for an operator; a wedge's reason goes before it. */
  readonly sample_error?: string | undefined
  readonly active_tasks?: number | undefined
  readonly current_task?: string | undefined
}

/** The stats as they are sent, their texts not yet cleaned. */
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
    hush(given)
    throw new TypeError('stats needs to return the figures at once, got a promise')
  }
  return {
    error_rate: Math.min(1, number(given.error_rate)),
    sample_error: given.sample_error,
    active_tasks: Math.trunc(number(given.active_tasks)),
    current_task: given.current_task,
  }
}

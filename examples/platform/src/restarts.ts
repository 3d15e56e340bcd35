import { randomUUID } from 'node:crypto'
import type { Heartbeat } from './body.ts'

/**
 * `sent`: a host got the command. `no_host`: none was listening; nothing is queued, for a restart that comes minutes later
 * could kill an executor that works. `cleared`: the wedge is gone. `still_wedged`: it was not within the limit; it may yet
 * become `cleared`.
 */
export type RestartOutcome = 'sent' | 'no_host' | 'cleared' | 'still_wedged'

/** The last restart of one scope, and what became of it. */
export interface Restart {
  readonly command_id: string
  readonly scope: string
  readonly outcome: RestartOutcome
  /** When the outcome was reached, in epoch milliseconds. */
  readonly time: number
  /** The wedge that it is to end, told by its beginning; `null` if the scope was not known to be wedged. */
  readonly wedge_since: number | null
}

export type RestartEvent = 'RESTART_SENT' | 'RESTART_UNDELIVERED' | 'RESTART_CLEARED' | 'RESTART_STILL_WEDGED'

export const restartEvents: Readonly<Record<RestartOutcome, RestartEvent>> = {
  sent: 'RESTART_SENT',
  no_host: 'RESTART_UNDELIVERED',
  cleared: 'RESTART_CLEARED',
  still_wedged: 'RESTART_STILL_WEDGED',
}

export function wedgeSince(heartbeat: Heartbeat | undefined, scope: string): number | null {
  return heartbeat?.wedged_scopes.find(wedge => wedge.scope === scope)?.since ?? null
}

export function newRestart(scope: string, heartbeat: Heartbeat | undefined, time: number): Restart {
  return { command_id: randomUUID(), scope, outcome: 'sent', time, wedge_since: wedgeSince(heartbeat, scope) }
}

/**
 * What a heartbeat makes of a restart; `undefined` when there is nothing left to tell. A scope that is wedged again since
 * another moment was healthy in between, so the wedge that the restart was for has ended.
 */
export function judgeRestart(restart: Restart, heartbeat: Heartbeat, time: number): Restart | undefined {
  const since = wedgeSince(heartbeat, restart.scope)
  if (restart.wedge_since === null || since === restart.wedge_since) return restart
  if (restart.outcome === 'no_host') return undefined
  if (restart.outcome !== 'cleared') return { ...restart, outcome: 'cleared', time }
  return since === null ? restart : undefined
}

import { randomUUID } from 'node:crypto'
import { type Heartbeat, wedgeSince } from './heartbeat.ts'
import { Refusal } from './refusal.ts'

/**
 * `sent`: a host got the command. `no_host`: no host was listening, and nothing is queued: a restart that comes minutes
 * later could kill an executor that works. `cleared`: the wedge is gone. `still_wedged`: the wedge outlasted the limit; it
 * may still become `cleared`.
 */
export type RestartOutcome = 'sent' | 'no_host' | 'cleared' | 'still_wedged'

/** The last restart of one scope, and what became of it. */
export interface Restart {
  readonly command_id: string
  readonly scope: string
  readonly outcome: RestartOutcome
  /** When the outcome was reached, in epoch milliseconds. */
  readonly time: number
  /** Identifies the wedge that it is to end by its beginning; `null` if the scope was not known to be wedged. */
  readonly wedge_since: number | null
}

export type RestartEvent = 'RESTART_SENT' | 'RESTART_UNDELIVERED' | 'RESTART_CLEARED' | 'RESTART_STILL_WEDGED'

export const restartEvents: Readonly<Record<RestartOutcome, RestartEvent>> = {
  sent: 'RESTART_SENT',
  no_host: 'RESTART_UNDELIVERED',
  cleared: 'RESTART_CLEARED',
  still_wedged: 'RESTART_STILL_WEDGED',
}

/** A host that names its scopes freely could otherwise have any number of them. */
const MAX_RESTARTS = 100

export function newRestart(scope: string, heartbeat: Heartbeat, time: number): Restart {
  return { command_id: randomUUID(), scope, outcome: 'sent', time, wedge_since: wedgeSince(heartbeat, scope) }
}

/**
 * Makes room for a restart of this scope: leaves out its last one, and the oldest of the others if there are too many.
 *
 * @throws Refusal if too many are under way
 */
export function makeRoom(restarts: readonly Restart[], scope: string): readonly Restart[] {
  const others = restarts.filter(restart => restart.scope !== scope)
  if (others.length < MAX_RESTARTS) return others
  const oldest = others.find(restart => restart.outcome !== 'sent')
  if (oldest) return others.filter(restart => restart !== oldest)
  throw new Refusal(429, `${MAX_RESTARTS} restarts of this workspace are under way: wait for one of them to end`)
}

/**
 * Judges a restart by a heartbeat; `undefined` when there is nothing left to report of it. A scope whose wedge began at
 * another moment was healthy in between, so the wedge that the restart was for has ended.
 */
export function judgeRestart(restart: Restart, heartbeat: Heartbeat, time: number): Restart | undefined {
  const since = wedgeSince(heartbeat, restart.scope)
  if (restart.wedge_since === null || since === restart.wedge_since) return restart
  if (restart.outcome === 'no_host') return undefined
  if (restart.outcome !== 'cleared') return { ...restart, outcome: 'cleared', time }
  return since === null ? restart : undefined
}

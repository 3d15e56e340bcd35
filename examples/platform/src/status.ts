import type { Heartbeat } from './heartbeat.ts'

/** `provisioning`: no heartbeat was received yet. */
export type Status = 'provisioning' | 'online' | 'degraded' | 'offline'

export interface Broadcast {
  readonly type: 'WORKSPACE_DEGRADED' | 'WORKSPACE_ONLINE' | 'WORKSPACE_OFFLINE'
  readonly payload: Readonly<Record<string, unknown>>
}

/** What the platform knows of a workspace before it hears anything new. */
export interface Standing {
  readonly status: Status
  /** The last heartbeat; `undefined` before the first. */
  readonly heartbeat?: Heartbeat | undefined
}

export interface Decision {
  readonly after: Status
  readonly broadcast?: Broadcast
}

/** At this error rate an online workspace becomes degraded. */
const DEGRADED_FROM = 0.5
/** Below this error rate a degraded workspace is online again; the gap keeps a wavering rate from flapping. */
const ONLINE_BELOW = 0.1

/**
 * Decides the status of a workspace after a heartbeat, or after `offlineAfterMs` without one. Pure: never reads a clock,
 * never changes its arguments.
 */
export function decide(before: Standing, heard: Heartbeat | 'silence'): Decision {
  if (heard === 'silence' || heard.leaving) {
    if (before.status === 'offline') return { after: 'offline' }
    const payload = heard === 'silence' ? {} : { reason: 'stopped by its host' }
    return { after: 'offline', broadcast: { type: 'WORKSPACE_OFFLINE', payload } }
  }
  if (before.status === 'degraded') {
    if (isWedged(heard)) return sameWedges(before.heartbeat, heard) ? { after: 'degraded' } : degraded(heard)
    if (heard.error_rate < ONLINE_BELOW) return online
    return isWedged(before.heartbeat) ? degraded(heard) : { after: 'degraded' }
  }
  if (isWedged(heard) || heard.error_rate >= DEGRADED_FROM) return degraded(heard)
  return before.status === 'online' ? { after: 'online' } : online
}

const online: Decision = { after: 'online', broadcast: { type: 'WORKSPACE_ONLINE', payload: {} } }

function degraded(heard: Heartbeat): Decision {
  const { error_rate, sample_error, wedged_count, wedged_scopes } = heard
  const cause = isWedged(heard) ? { runtime_state: 'wedged' } : { error_rate }
  return {
    after: 'degraded',
    broadcast: { type: 'WORKSPACE_DEGRADED', payload: { ...cause, sample_error, wedged_count, wedged_scopes } },
  }
}

function isWedged(heartbeat: Heartbeat | undefined): boolean {
  return heartbeat?.runtime_state === 'wedged'
}

/** Whether both report the same wedges, in any order. The count is compared too, since the list is capped. */
function sameWedges(a: Heartbeat | undefined, b: Heartbeat): boolean {
  return a !== undefined && isWedged(a) && fingerprint(a) === fingerprint(b)
}

function fingerprint({ sample_error, wedged_count, wedged_scopes }: Heartbeat): string {
  const wedges = wedged_scopes.map(({ scope, reason }) => JSON.stringify([scope, reason])).sort()
  return JSON.stringify([sample_error, wedged_count, wedges])
}

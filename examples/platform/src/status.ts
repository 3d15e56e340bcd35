import type { Heartbeat } from './body.ts'

/** `provisioning`: no heartbeat was ever received. */
export type Status = 'provisioning' | 'online' | 'degraded' | 'offline'

export interface Broadcast {
  readonly type: 'WORKSPACE_DEGRADED' | 'WORKSPACE_ONLINE' | 'WORKSPACE_OFFLINE'
  readonly payload: Readonly<Record<string, unknown>>
}

/** What the platform holds about a workspace before it hears anything new. */
export interface Standing {
  readonly status: Status
  /** The last heartbeat; `undefined` before the first. */
  readonly heartbeat?: Heartbeat | undefined
}

export interface Decision {
  readonly after: Status
  readonly broadcast?: Broadcast
}

/** From here up an online workspace is degraded. */
const DEGRADED_FROM = 0.5
/** Below this a degraded workspace is online again; the gap keeps a rate that wavers from flapping. */
const ONLINE_BELOW = 0.1

/**
 * Decides what a heartbeat, or the silence of `offlineAfterMs` without one, makes of a workspace. Pure: it never reads a
 * clock and never changes its arguments.
 */
export function decide(before: Standing, heard: Heartbeat | 'silence'): Decision {
  if (heard === 'silence') {
    return before.status === 'offline'
      ? { after: 'offline' }
      : { after: 'offline', broadcast: { type: 'WORKSPACE_OFFLINE', payload: {} } }
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

/** Whether both tell the same wedges, in any order. The count is compared as well: the list is capped by the sender. */
function sameWedges(a: Heartbeat | undefined, b: Heartbeat): boolean {
  return a !== undefined && isWedged(a) && fingerprint(a) === fingerprint(b)
}

function fingerprint({ sample_error, wedged_count, wedged_scopes }: Heartbeat): string {
  const wedges = wedged_scopes.map(({ scope, reason }) => JSON.stringify([scope, reason])).sort()
  return JSON.stringify([sample_error, wedged_count, wedges])
}

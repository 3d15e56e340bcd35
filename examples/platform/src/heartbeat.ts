/** A wedge without a word would look like a healthy executor. */
export const NO_REASON = 'no reason given'

export interface WedgedScope {
  readonly scope: string
  readonly reason: string
  /** Epoch milliseconds, by the host's clock; by the platform's if the host's value could not be used. */
  readonly since: number
}

/** A heartbeat as the platform keeps it: the wire's names, with everything filled in that a sender may leave out. */
export interface Heartbeat {
  readonly workspace_id: string
  /** 0 to 1. */
  readonly error_rate: number
  readonly sample_error: string
  readonly active_tasks: number
  readonly current_task: string
  readonly uptime_seconds: number
  readonly runtime_state?: 'wedged'
  /** May exceed `wedged_scopes.length`: the list is capped, the count is not. */
  readonly wedged_count: number
  /** Primary first; no scope twice. */
  readonly wedged_scopes: readonly WedgedScope[]
  /** Every executor that the host names; `null` if it names none. */
  readonly scopes: readonly string[] | null
  readonly scope_count: number | null
  /** Executors that have not succeeded at anything yet: neither known to be healthy nor known to be wedged. */
  readonly unproven_scopes: readonly string[]
  /** Whether the host said that this is its last heartbeat. */
  readonly leaving: boolean
}

/** A wedge as it was received: its `since` may be unusable. */
export interface ReceivedWedge {
  readonly scope: string
  readonly reason: string
  readonly since: number | null
}

/** A heartbeat as it was received: a host with one flag lists no wedge, even when it is wedged. */
export interface ReceivedHeartbeat extends Omit<Heartbeat, 'wedged_scopes'> {
  readonly wedged_scopes: readonly ReceivedWedge[]
}

/**
 * Fills in what the wedges of a received heartbeat lack. A wedge without a list, as hosts with one flag send it, is a wedge
 * of the scope `default`. A wedge without a usable `since` began when it was first heard of.
 */
export function completeWedges(heard: ReceivedHeartbeat, before: Heartbeat | undefined, time: number): Heartbeat {
  const firstHeard = (scope: string, reason: string): number =>
    before?.wedged_scopes.find(wedge => wedge.scope === scope && wedge.reason === reason)?.since ?? time
  const wedges: readonly ReceivedWedge[] =
    heard.runtime_state === 'wedged' && heard.wedged_scopes.length === 0
      ? [{ scope: 'default', reason: heard.sample_error || NO_REASON, since: null }]
      : heard.wedged_scopes
  return {
    ...heard,
    wedged_count: Math.max(heard.wedged_count, wedges.length),
    wedged_scopes: wedges.map(({ scope, reason, since }) => ({
      scope,
      reason,
      since: since ?? firstHeard(scope, reason),
    })),
  }
}

/** When the wedge of this scope began; `null` if the scope is not known to be wedged. */
export function wedgeSince(heartbeat: Heartbeat, scope: string): number | null {
  return heartbeat.wedged_scopes.find(wedge => wedge.scope === scope)?.since ?? null
}

import type { WedgeSnapshot } from '../types.ts'
import type { Clean } from './clean.ts'
import { REASON_CAP, reasonLine, wedgeFields } from './fields.ts'
import type { HeartbeatRegistry, HeartbeatState } from './options.ts'
import { scopeNames } from './scope-names.ts'
import type { ReadStats } from './stats.ts'

/** What one beat says. */
export interface Beat {
  readonly workspaceId: string
  readonly uptimeSeconds: number
  readonly stats: ReadStats
  readonly snapshot: WedgeSnapshot
  /** Present if the host shows all its scopes. */
  readonly shown:
    | {
        /** The registry of the snapshot. */
        readonly registry: Pick<HeartbeatRegistry, 'size' | typeof Symbol.iterator>
        readonly instanceId: string
      }
    | undefined
  /** Whether it is the last one. */
  readonly leaving: boolean
}

const MAX_BYTES = 60 * 1024
const MAX_WEDGED = 50
const MAX_NAMES = 200
const TASK_CAP = 1_024
/** The end of the year 9999: beyond it ISO dates have six digits, and platforms refuse them. */
const MAX_TIME = 253_402_300_799_999

const utf8 = new TextEncoder()
const bytesOf = (value: unknown): number => utf8.encode(JSON.stringify(value)).length

/** The body of one heartbeat as JSON: at most 60 KiB of UTF-8; lists that are too long lose their tail, never their count. */
export function heartbeatBody({ stats, snapshot, shown, leaving, ...beat }: Beat, clean: Clean): string {
  const wedgedScopes: object[] = []
  const scopes: string[] = []
  const unprovenScopes: string[] = []
  const body = {
    workspace_id: beat.workspaceId,
    error_rate: stats.error_rate,
    sample_error: clean(stats.sample_error, REASON_CAP),
    active_tasks: stats.active_tasks,
    current_task: clean(stats.current_task, TASK_CAP),
    uptime_seconds: beat.uptimeSeconds,
    ...(snapshot.wedged && {
      ...wedgeFields(snapshot.reason, clean),
      wedged_count: snapshot.count,
      wedged_scopes: wedgedScopes,
    }),
    ...(shown && {
      scopes,
      scope_count: shownCount(shown.registry),
      unproven_scopes: unprovenScopes,
      instance_id: shown.instanceId,
    }),
    ...(leaving && { leaving }),
  }

  let room = MAX_BYTES - bytesOf(body)
  /** Takes the room for an item that is listed so many times. @returns whether there was enough */
  const fits = (item: unknown, times = 1): boolean => {
    room -= (bytesOf(item) + 1) * times
    return room >= 0
  }
  const nameOf = scopeNames(clean)
  for (const { scope, reason, since } of snapshot.scopes) {
    const entry = { scope: nameOf(scope), reason: reasonLine(clean, reason), since: epochMs(since) }
    if (!fits(entry) || wedgedScopes.push(entry) === MAX_WEDGED) break
  }
  for (const state of shown ? wedgedFirst(snapshot, shown.registry) : []) {
    const name = nameOf(state.scope)
    // Cut together: an unproven scope that is only in the first list would pass for a healthy one.
    const isUnproven = state.proven === false
    if (!fits(name, isUnproven ? 2 : 1)) break
    if (isUnproven) unprovenScopes.push(name)
    if (scopes.push(name) === MAX_NAMES) break
  }
  return JSON.stringify(body)
}

/** The registry's clock is the host's own: whatever it says is sent as whole milliseconds within range. */
const epochMs = (since: number): number => Math.trunc(Math.min(Math.max(since, 0), MAX_TIME)) || 0

/** Every registry has the scope `default`: it counts only once it was used. */
const isShown = (state: HeartbeatState): boolean =>
  state.scope !== 'default' || state.proven === true || state.isWedged()

function shownCount(registry: Pick<HeartbeatRegistry, 'size' | typeof Symbol.iterator>): number {
  for (const state of registry) if (state.scope === 'default') return registry.size - (isShown(state) ? 0 : 1)
  return registry.size
}

/** The wedged states first, in the order of the snapshot, which begins with the primary. */
function* wedgedFirst(snapshot: WedgeSnapshot, registry: Iterable<HeartbeatState>): Iterable<HeartbeatState> {
  const wedged = new Map<string, HeartbeatState>()
  for (const state of registry) if (state.isWedged()) wedged.set(state.scope, state)
  for (const { scope } of snapshot.scopes) {
    const state = wedged.get(scope)
    if (state) yield state
  }
  for (const state of registry) if (!state.isWedged() && isShown(state)) yield state
}

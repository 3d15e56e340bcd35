import type { WedgeSnapshot } from '../types.ts'
import type { Clean } from './clean.ts'
import { REASON_CAP, reasonLine, wedgeFields } from './fields.ts'
import type { HeartbeatRegistry } from './options.ts'
import type { ReadStats } from './stats.ts'

/** What one beat says. */
export interface Beat {
  readonly workspaceId: string
  readonly uptimeSeconds: number
  readonly stats: ReadStats
  readonly snapshot: WedgeSnapshot
  /** The registry of the snapshot, where the host shows all its scopes. */
  readonly shown: Pick<HeartbeatRegistry, 'size' | typeof Symbol.iterator> | false
}

const MAX_BYTES = 60 * 1024
const MAX_WEDGED = 50
const MAX_NAMES = 200
const NAME_CAP = 128
const TASK_CAP = 1_024

const utf8 = new TextEncoder()
const bytesOf = (value: unknown): number => utf8.encode(JSON.stringify(value)).length

/** The body of one heartbeat as JSON: at most 60 KiB of UTF-8; lists that are too long lose their tail, never their count. */
export function heartbeatBody({ workspaceId, uptimeSeconds, stats, snapshot, shown }: Beat, clean: Clean): string {
  const wedgedScopes: object[] = []
  const names: string[] = []
  const body = {
    workspace_id: workspaceId,
    error_rate: stats.error_rate,
    sample_error: clean(stats.sample_error, REASON_CAP),
    active_tasks: stats.active_tasks,
    current_task: clean(stats.current_task, TASK_CAP),
    uptime_seconds: uptimeSeconds,
    ...(snapshot.wedged && {
      ...wedgeFields(snapshot.reason, clean),
      wedged_count: snapshot.count,
      wedged_scopes: wedgedScopes,
    }),
    ...(shown && { scopes: names, scope_count: shown.size }),
  }

  let room = MAX_BYTES - bytesOf(body)
  const fill = <Source, Item>(
    list: Item[],
    limit: number,
    sources: Iterable<Source>,
    made: (from: Source) => Item,
  ): void => {
    for (const source of sources) {
      const item = made(source)
      room -= bytesOf(item) + 1
      if (room < 0 || list.push(item) === limit) return
    }
  }
  fill(wedgedScopes, MAX_WEDGED, snapshot.scopes, ({ scope, reason, since }) => ({
    scope: clean(scope, NAME_CAP),
    reason: reasonLine(clean, reason),
    since,
  }))
  if (shown) fill(names, MAX_NAMES, wedgedFirst(snapshot, shown), name => clean(name, NAME_CAP))
  return JSON.stringify(body)
}

function* wedgedFirst(
  snapshot: WedgeSnapshot,
  states: Iterable<{ readonly scope: string; isWedged(): boolean }>,
): Iterable<string> {
  for (const { scope } of snapshot.scopes) yield scope
  for (const state of states) if (!state.isWedged()) yield state.scope
}

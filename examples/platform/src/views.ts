import type { Heartbeat } from './heartbeat.ts'
import type { Restart } from './restarts.ts'
import type { Status } from './status.ts'
import type { PlatformEvent, WorkspaceRecord } from './store.ts'

/** A workspace as `GET /workspaces` and the page see it: its last heartbeat, and what the platform makes of it. */
export interface WorkspaceView extends Heartbeat {
  readonly status: Status
  /** When this status began, in epoch milliseconds. */
  readonly status_since: number
  readonly last_heartbeat: number
  readonly restarts: readonly Restart[]
}

/** Everything that a page needs to draw itself. */
export interface Snapshot {
  readonly time: number
  readonly offline_after_ms: number
  readonly workspaces: readonly WorkspaceView[]
  /** The last events, oldest first. */
  readonly events: readonly PlatformEvent[]
}

export function viewOf({ status, statusSince, lastHeartbeat, heartbeat, restarts }: WorkspaceRecord): WorkspaceView {
  return { ...heartbeat, status, status_since: statusSince, last_heartbeat: lastHeartbeat, restarts }
}

/** A workspace without what every heartbeat changes, as one text: when it is the same, the page has nothing new to draw. */
export function lastingText(record: WorkspaceRecord): string {
  const { last_heartbeat, uptime_seconds, ...lasting } = viewOf(record)
  return JSON.stringify(lasting)
}

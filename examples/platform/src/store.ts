import type { Heartbeat } from './heartbeat.ts'
import type { Restart, RestartEvent } from './restarts.ts'
import type { Broadcast, Status } from './status.ts'

/** What the platform keeps about one workspace. Plain data, replaced whole. */
export interface WorkspaceRecord {
  readonly id: string
  readonly status: Status
  /** When this status began, in epoch milliseconds. */
  readonly statusSince: number
  readonly heartbeat: Heartbeat
  readonly lastHeartbeat: number
  /** The last restart of each scope, the oldest first. */
  readonly restarts: readonly Restart[]
}

/** What happened to a workspace, before the store gives it its id. */
export interface News {
  readonly type: Broadcast['type'] | RestartEvent
  readonly workspace_id: string
  /** Epoch milliseconds, by the platform's clock. */
  readonly time: number
  readonly payload: Readonly<Record<string, unknown>>
}

/** Something that happened to a workspace: `GET /events` broadcasts it, and the timeline shows it. */
export interface PlatformEvent extends News {
  readonly id: string
}

/** Everything that the platform knows; what else it holds are timers and open connections. */
export interface Store {
  /** The number of workspaces. */
  readonly size: number
  get(id: string): WorkspaceRecord | undefined
  /** Every workspace, the one that was registered first at the beginning. */
  workspaces(): Iterable<WorkspaceRecord>
  put(record: WorkspaceRecord): void
  delete(id: string): void
  /** Keeps an event. @returns it, with its id */
  append(news: News): PlatformEvent
  /** The last events, oldest first. */
  events(): readonly PlatformEvent[]
  /** The events after the named one; all that are kept if it is of an earlier start, or too long ago. */
  eventsAfter(id: string): readonly PlatformEvent[]
  /** Names the last event; before the first, the beginning. */
  readonly lastEventId: string
}

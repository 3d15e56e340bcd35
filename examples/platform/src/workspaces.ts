import { randomUUID } from 'node:crypto'
import type { Heartbeat } from './body.ts'
import type { ServerEvent } from './event-stream.ts'
import { judgeRestart, newRestart, type Restart, type RestartEvent, restartEvents, wedgeSince } from './restarts.ts'
import { type Broadcast, decide, type Status } from './status.ts'

/** Something that happened to a workspace: what `GET /events` broadcasts, and what the timeline shows. */
export interface PlatformEvent {
  readonly id: string
  readonly type: Broadcast['type'] | RestartEvent
  readonly workspace_id: string
  /** Epoch milliseconds, by the platform's clock. */
  readonly time: number
  readonly payload: Readonly<Record<string, unknown>>
}

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
  /** Another one means that the platform has restarted, and knows only what it has heard since. */
  readonly boot: string
  readonly time: number
  readonly offline_after_ms: number
  readonly workspaces: readonly WorkspaceView[]
  /** The last events, oldest first. */
  readonly events: readonly PlatformEvent[]
}

export interface WorkspacesOptions {
  readonly offlineAfterMs: number
  readonly restartLimitMs: number
  /** Gets every event for the pages. */
  readonly publish: (event: ServerEvent) => void
  /** Hands a command to the workspace's host. @returns whether one was listening */
  readonly deliver: (workspaceId: string, command: ServerEvent) => boolean
}

interface Workspace {
  readonly id: string
  status: Status
  statusSince: number
  heartbeat: Heartbeat
  lastHeartbeat: number
  readonly restarts: Map<string, Restart>
  readonly silence: NodeJS.Timeout
  /** What the pages were last told, without what every heartbeat changes. */
  told: string
}

const EVENTS_KEPT = 100

/** Every workspace that was ever heard of since the start, in memory alone: heartbeats rebuild it. */
export class Workspaces {
  readonly #options: WorkspacesOptions
  readonly #workspaces = new Map<string, Workspace>()
  readonly #events: PlatformEvent[] = []
  readonly #restartLimits = new Map<string, NodeJS.Timeout>()
  readonly #boot = randomUUID()
  #eventCount = 0

  constructor(options: WorkspacesOptions) {
    this.#options = options
  }

  heartbeat(body: Heartbeat): void {
    const time = Date.now()
    const workspace = this.#workspaces.get(body.workspace_id) ?? this.#register(body, time)
    const heartbeat = nameWedge(body, workspace.heartbeat, time)
    const { after, broadcast } = decide(workspace, heartbeat)
    workspace.heartbeat = heartbeat
    workspace.lastHeartbeat = time
    workspace.silence.refresh()
    this.#enter(workspace, after, time, broadcast)
    for (const restart of workspace.restarts.values()) {
      this.#settle(workspace, restart, judgeRestart(restart, heartbeat, time))
    }
    this.#tell(workspace)
  }

  /**
   * Commands the host to restart one executor. While such a command is under way, another is not sent.
   *
   * @returns `undefined` for an unknown workspace
   */
  restart(id: string, scope: string): Restart | undefined {
    const workspace = this.#workspaces.get(id)
    if (workspace === undefined) return undefined
    const pending = workspace.restarts.get(scope)
    if (pending?.outcome === 'sent') return pending
    const time = Date.now()
    const restart = newRestart(scope, workspace.heartbeat, time)
    const command = { command_id: restart.command_id, workspace_id: id, scope, time }
    const delivered = this.#options.deliver(id, { event: 'restart', data: command })
    const settled: Restart = delivered ? restart : { ...restart, outcome: 'no_host' }
    workspace.restarts.delete(scope)
    this.#settle(workspace, undefined, settled)
    if (delivered) {
      const limit = setTimeout(() => this.#overdue(workspace, restart), this.#options.restartLimitMs)
      this.#restartLimits.set(restart.command_id, limit)
    }
    this.#tell(workspace)
    return settled
  }

  views(): WorkspaceView[] {
    return [...this.#workspaces.values()].map(view)
  }

  snapshot(): Snapshot {
    const { offlineAfterMs: offline_after_ms } = this.#options
    return { boot: this.#boot, time: Date.now(), offline_after_ms, workspaces: this.views(), events: [...this.#events] }
  }

  /** The id of the last event. */
  get lastEventId(): string {
    return `${this.#boot}:${this.#eventCount}`
  }

  /** The events after the one that a client names; all that are kept, if it names one of an earlier start or too long ago. */
  eventsAfter(id: string): PlatformEvent[] {
    return this.#events.slice(this.#events.findIndex(event => event.id === id) + 1)
  }

  /** Stops every timer. */
  close(): void {
    for (const { silence } of this.#workspaces.values()) clearTimeout(silence)
    for (const limit of this.#restartLimits.values()) clearTimeout(limit)
  }

  #register(heartbeat: Heartbeat, time: number): Workspace {
    const workspace: Workspace = {
      id: heartbeat.workspace_id,
      status: 'provisioning',
      statusSince: time,
      heartbeat,
      lastHeartbeat: time,
      restarts: new Map(),
      silence: setTimeout(() => this.#silent(workspace), this.#options.offlineAfterMs),
      told: '',
    }
    this.#workspaces.set(workspace.id, workspace)
    return workspace
  }

  #silent(workspace: Workspace): void {
    const { after, broadcast } = decide(workspace, 'silence')
    this.#enter(workspace, after, Date.now(), broadcast)
    this.#tell(workspace)
  }

  #enter(workspace: Workspace, status: Status, time: number, broadcast: Broadcast | undefined): void {
    if (workspace.status !== status) workspace.statusSince = time
    workspace.status = status
    if (broadcast) this.#record(workspace.id, broadcast.type, time, broadcast.payload)
  }

  #overdue(workspace: Workspace, restart: Restart): void {
    this.#restartLimits.delete(restart.command_id)
    if (workspace.restarts.get(restart.scope) !== restart) return
    const overdue: Restart = { ...restart, outcome: 'still_wedged', time: Date.now() }
    this.#settle(workspace, restart, restart.wedge_since === null ? undefined : overdue)
    this.#tell(workspace)
  }

  #settle(workspace: Workspace, before: Restart | undefined, after: Restart | undefined): void {
    if (after === before) return
    if (after === undefined) {
      if (before) workspace.restarts.delete(before.scope)
      return
    }
    workspace.restarts.set(after.scope, after)
    const { command_id, scope, outcome, time } = after
    this.#record(workspace.id, restartEvents[outcome], time, { command_id, scope })
    if (outcome !== 'cleared') return
    clearTimeout(this.#restartLimits.get(command_id))
    this.#restartLimits.delete(command_id)
  }

  #record(workspace_id: string, type: PlatformEvent['type'], time: number, payload: PlatformEvent['payload']): void {
    this.#eventCount++
    const event: PlatformEvent = { id: this.lastEventId, type, workspace_id, time, payload }
    this.#events.push(event)
    if (this.#events.length > EVENTS_KEPT) this.#events.shift()
    this.#options.publish({ event: type, id: event.id, data: event })
  }

  /** Tells the pages: the whole view if it shows something new, else only that the workspace was heard. */
  #tell(workspace: Workspace): void {
    const data = view(workspace)
    const { last_heartbeat, uptime_seconds, ...lasting } = data
    const told = JSON.stringify(lasting)
    if (told !== workspace.told) this.#options.publish({ event: 'workspace', data })
    else this.#options.publish({ event: 'heard', data: { workspace_id: workspace.id, last_heartbeat, uptime_seconds } })
    workspace.told = told
  }
}

function view({ status, statusSince, lastHeartbeat, heartbeat, restarts }: Workspace): WorkspaceView {
  return {
    ...heartbeat,
    status,
    status_since: statusSince,
    last_heartbeat: lastHeartbeat,
    restarts: [...restarts.values()],
  }
}

/** A wedge without a list, as the original one-flag hosts send it, is one of the scope `default`, since it was first heard. */
function nameWedge(heard: Heartbeat, before: Heartbeat, time: number): Heartbeat {
  if (heard.runtime_state !== 'wedged' || heard.wedged_scopes.length > 0) return heard
  const reason = heard.sample_error
  const since = before.sample_error === reason ? wedgeSince(before, 'default') : null
  return { ...heard, wedged_count: 1, wedged_scopes: [{ scope: 'default', reason, since: since ?? time }] }
}

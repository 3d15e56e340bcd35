import type { ServerEvent } from './event-stream.ts'
import { completeWedges, type ReceivedHeartbeat } from './heartbeat.ts'
import { ListeningClock } from './listening-clock.ts'
import { Refusal } from './refusal.ts'
import { judgeRestart, makeRoom, newRestart, type Restart, restartEvents } from './restarts.ts'
import { decide } from './status.ts'
import type { News, PlatformEvent, Store, WorkspaceRecord } from './store.ts'
import { lastingText, type Snapshot, viewOf, type WorkspaceView } from './views.ts'

export interface WorkspacesOptions {
  /** Holds no workspace yet. */
  readonly store: Store
  readonly offlineAfterMs: number
  readonly restartLimitMs: number
  /** Gets every event for the pages. */
  readonly publish: (event: ServerEvent) => void
  /** Hands a command to the workspace's host. @returns whether one was listening */
  readonly deliver: (workspaceId: string, command: ServerEvent) => boolean
  /** How many workspaces are kept. @default 10_000 */
  readonly maxWorkspaces?: number | undefined
  /** How many characters all workspaces may have together, as JSON. @default 33_554_432 */
  readonly maxCharacters?: number | undefined
}

type Happening = Pick<News, 'type' | 'payload'>

/** Every workspace that has sent a heartbeat, and what happens to it. */
export class Workspaces {
  readonly #options: WorkspacesOptions
  readonly #store: Store
  readonly #clock: ListeningClock
  /** For each workspace, what cancels the deadline of its next heartbeat. */
  readonly #silences = new Map<string, () => void>()
  /** For each command that is under way, what cancels its limit. */
  readonly #limits = new Map<string, () => void>()
  /** For each workspace what the pages were last told, without what every heartbeat changes. */
  readonly #told = new Map<string, string>()
  /** The length of all these texts. */
  #characters = 0

  constructor(options: WorkspacesOptions) {
    this.#options = options
    this.#store = options.store
    this.#clock = new ListeningClock(Math.min(options.offlineAfterMs, options.restartLimitMs))
  }

  /**
   * Takes a heartbeat, and registers a workspace that is new. To make room, the workspaces that have been offline longest
   * are forgotten.
   *
   * @throws Refusal if there is no room for it
   */
  heartbeat(heard: ReceivedHeartbeat): void {
    const time = Date.now()
    const id = heard.workspace_id
    const before = this.#store.get(id)
    const heartbeat = completeWedges(heard, before?.heartbeat, time)
    const { after: status, broadcast } = decide(before ?? { status: 'provisioning' }, heartbeat)
    const known = before?.restarts ?? []
    const restarts = known.flatMap(restart => judgeRestart(restart, heartbeat, time) ?? [])
    const statusSince = before?.status === status ? before.statusSince : time
    const record = { id, status, statusSince, heartbeat, lastHeartbeat: time, restarts }
    const text = lastingText(record)
    this.#makeRoom(id, text)

    const cleared = restarts.filter(restart => !known.includes(restart))
    for (const { command_id } of cleared) cancel(this.#limits, command_id)
    cancel(this.#silences, id)
    if (status !== 'offline') this.#awaitHeartbeat(id)
    this.#commit(record, time, [...(broadcast ? [broadcast] : []), ...cleared.map(restartNews)], text)
  }

  /**
   * Commands the host to restart one executor. While such a command is under way, another is not sent.
   *
   * @returns `undefined` for an unknown workspace
   * @throws Refusal if too many of its restarts are under way
   */
  restart(id: string, scope: string): Restart | undefined {
    const record = this.#store.get(id)
    if (record === undefined) return undefined
    const pending = record.restarts.find(restart => restart.scope === scope && restart.outcome === 'sent')
    if (pending) return pending
    const others = makeRoom(record.restarts, scope)
    const time = Date.now()
    const sent = newRestart(scope, record.heartbeat, time)
    const { command_id } = sent
    const delivered = this.#options.deliver(id, {
      event: 'restart',
      data: { command_id, workspace_id: id, scope, time },
    })
    const restart: Restart = delivered ? sent : { ...sent, outcome: 'no_host' }
    if (delivered) {
      const overdue = () => this.#overdue(id, command_id)
      this.#limits.set(command_id, this.#clock.after(this.#options.restartLimitMs, overdue))
    }
    // A restart that was not delivered is forgotten with its wedge; without a wedge it would stay forever.
    const isKept = delivered || restart.wedge_since !== null
    this.#commit({ ...record, restarts: isKept ? [...others, restart] : others }, time, [restartNews(restart)])
    return restart
  }

  views(): WorkspaceView[] {
    return Array.from(this.#store.workspaces(), viewOf)
  }

  snapshot(): Snapshot {
    return {
      time: Date.now(),
      offline_after_ms: this.#options.offlineAfterMs,
      workspaces: this.views(),
      events: this.#store.events(),
    }
  }

  get lastEventId(): string {
    return this.#store.lastEventId
  }

  /** The events after the one that a client names; all that are kept if it is of an earlier start, or too long ago. */
  eventsAfter(id: string): readonly PlatformEvent[] {
    return this.#store.eventsAfter(id)
  }

  /** Stops every timer. */
  close(): void {
    for (const timers of [this.#silences, this.#limits]) for (const key of timers.keys()) cancel(timers, key)
    this.#clock.close()
  }

  #awaitHeartbeat(id: string): void {
    const silent = () => this.#silent(id)
    this.#silences.set(id, this.#clock.after(this.#options.offlineAfterMs, silent))
  }

  #silent(id: string): void {
    const record = this.#store.get(id)
    if (record === undefined) return
    const time = Date.now()
    const { after: status, broadcast } = decide(record, 'silence')
    this.#commit({ ...record, status, statusSince: time }, time, broadcast ? [broadcast] : [])
  }

  #overdue(id: string, commandId: string): void {
    this.#limits.delete(commandId)
    const record = this.#store.get(id)
    const restart = record?.restarts.find(({ command_id }) => command_id === commandId)
    if (record === undefined || restart === undefined) return
    const time = Date.now()
    // Without a known wedge nothing can show whether the restart has helped.
    const overdue: Restart[] = restart.wedge_since === null ? [] : [{ ...restart, outcome: 'still_wedged', time }]
    const restarts = record.restarts.flatMap(each => (each === restart ? overdue : each))
    this.#commit({ ...record, restarts }, time, overdue.map(restartNews))
  }

  /** Keeps the record, and tells the pages what happened and what is new to them. */
  #commit(record: WorkspaceRecord, time: number, happenings: readonly Happening[], text = lastingText(record)): void {
    const { publish } = this.#options
    const workspace_id = record.id
    this.#store.put(record)
    for (const { type, payload } of happenings) {
      const event = this.#store.append({ type, workspace_id, time, payload })
      publish({ event: type, id: event.id, data: event })
    }
    const view = viewOf(record)
    const { last_heartbeat, uptime_seconds } = view
    if (text !== this.#told.get(workspace_id)) publish({ event: 'workspace', data: view })
    else publish({ event: 'heard', data: { workspace_id, last_heartbeat, uptime_seconds } })
    this.#tell(workspace_id, text)
  }

  #tell(id: string, text: string | undefined): void {
    this.#characters += (text?.length ?? 0) - (this.#told.get(id)?.length ?? 0)
    if (text === undefined) this.#told.delete(id)
    else this.#told.set(id, text)
  }

  #makeRoom(id: string, text: string): void {
    const { maxWorkspaces = 10_000, maxCharacters = 2 ** 25 } = this.#options
    const told = this.#told.get(id)
    const isFull = (): boolean =>
      this.#store.size + (told === undefined ? 1 : 0) > maxWorkspaces ||
      this.#characters + text.length - (told?.length ?? 0) > maxCharacters
    while (isFull()) {
      const oldest = longestOffline(this.#store.workspaces(), id)
      if (oldest === undefined) {
        const limits = `${maxWorkspaces} workspaces with ${maxCharacters} characters in all`
        throw new Refusal(507, `no room: this platform keeps at most ${limits}, and no other workspace is offline`)
      }
      this.#forget(oldest)
    }
  }

  #forget({ id, restarts }: WorkspaceRecord): void {
    for (const { command_id } of restarts) cancel(this.#limits, command_id)
    cancel(this.#silences, id)
    this.#tell(id, undefined)
    this.#store.delete(id)
    this.#options.publish({ event: 'forgotten', data: { workspace_id: id } })
  }
}

function restartNews({ command_id, scope, outcome }: Restart): Happening {
  return { type: restartEvents[outcome], payload: { command_id, scope } }
}

function longestOffline(workspaces: Iterable<WorkspaceRecord>, except: string): WorkspaceRecord | undefined {
  let longest: WorkspaceRecord | undefined
  for (const each of workspaces) {
    if (each.status !== 'offline' || each.id === except) continue
    if (longest === undefined || each.statusSince < longest.statusSince) longest = each
  }
  return longest
}

function cancel(timers: Map<string, () => void>, key: string): void {
  timers.get(key)?.()
  timers.delete(key)
}

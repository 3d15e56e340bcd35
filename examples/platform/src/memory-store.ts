import { randomUUID } from 'node:crypto'
import type { News, PlatformEvent, Store, WorkspaceRecord } from './store.ts'

const EVENTS_KEPT = 100

/** Keeps everything in memory: after a restart the next heartbeats rebuild it. */
export class MemoryStore implements Store {
  readonly #workspaces = new Map<string, WorkspaceRecord>()
  readonly #events: PlatformEvent[] = []
  /** No two starts of the platform may give the same id to an event. */
  readonly #start = randomUUID()
  #eventCount = 0

  get size(): number {
    return this.#workspaces.size
  }

  get(id: string): WorkspaceRecord | undefined {
    return this.#workspaces.get(id)
  }

  workspaces(): Iterable<WorkspaceRecord> {
    return this.#workspaces.values()
  }

  put(record: WorkspaceRecord): void {
    this.#workspaces.set(record.id, record)
  }

  delete(id: string): void {
    this.#workspaces.delete(id)
  }

  append(news: News): PlatformEvent {
    this.#eventCount++
    const event = { id: this.lastEventId, ...news }
    this.#events.push(event)
    if (this.#events.length > EVENTS_KEPT) this.#events.shift()
    return event
  }

  events(): readonly PlatformEvent[] {
    return [...this.#events]
  }

  eventsAfter(id: string): readonly PlatformEvent[] {
    return this.#events.slice(this.#events.findIndex(event => event.id === id) + 1)
  }

  get lastEventId(): string {
    return `${this.#start}:${this.#eventCount}`
  }
}

import { EventEmitter } from 'eventemitter3'
import type { WedgeEvents } from '../types.ts'

export type EventName = keyof WedgeEvents

/** Gives an event to one listener, if it is still subscribed. `null` ends its subscription. */
export type Receive = (event: object | null) => void

/**
 * The listeners of a registry or of a scope, by event name. Removing one from an emitter takes time in proportion to all of
 * them; so those that have ended stay, and do nothing, until they are the majority, and then go in one pass.
 */
export class Channel {
  readonly names: readonly EventName[]
  readonly #emitter = new EventEmitter<EventName>()
  /** Those that have ended and are still in the emitter. */
  readonly #ended = new Map<EventName, Set<Receive>>()

  constructor(names: readonly EventName[]) {
    this.names = names
  }

  add(name: EventName, receive: Receive): void {
    this.#emitter.on(name, receive as never)
  }

  remove(name: EventName, receive: Receive): void {
    const ended = this.#ended.get(name) ?? new Set()
    ended.add(receive)
    if (ended.size * 2 <= this.#emitter.listenerCount(name)) {
      this.#ended.set(name, ended)
      return
    }
    const living = this.recipients(name).filter(each => !ended.has(each))
    this.#ended.delete(name)
    this.#emitter.removeAllListeners(name)
    for (const each of living) this.add(name, each)
  }

  isHeard(name: EventName): boolean {
    return this.#emitter.listenerCount(name) > 0
  }

  /** A copy of the list of those who get an event that is made now. */
  recipients(name: EventName): Receive[] {
    return this.#emitter.listeners(name) as Receive[]
  }
}

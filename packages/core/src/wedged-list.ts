import type { WedgedScope } from './types.ts'

/** One wedge: begun by the mark that won, ended by a clear or a release. It is also its own place in the list. */
export interface Wedge<State = unknown> extends WedgedScope {
  readonly state: State
  readonly cause: unknown
  marks: number
  /** Called when it ends; made when first needed. */
  waiters?: Set<() => void> | undefined
  older: Wedge<State> | null
  newer: Wedge<State> | null
}

/**
 * The wedges in force, oldest first, with O(1) `add`, `remove` and `first`. An intrusive linked list: the first key of a
 * Map degrades to O(n) when the oldest entries are deleted again and again.
 */
export class WedgedList<State = unknown> {
  first: Wedge<State> | null = null
  count = 0
  #last: Wedge<State> | null = null

  add(wedge: Wedge<State>): void {
    const last = this.#last
    wedge.older = last
    if (last) last.newer = wedge
    else this.first = wedge
    this.#last = wedge
    this.count++
  }

  remove(wedge: Wedge<State>): void {
    const { older, newer } = wedge
    if (older) older.newer = newer
    else this.first = newer
    if (newer) newer.older = older
    else this.#last = older
    // A wedge that somebody still holds must not keep its former neighbours alive.
    wedge.older = wedge.newer = null
    this.count--
  }

  map<T>(make: (wedge: Wedge<State>) => T): T[] {
    const made: T[] = []
    for (let wedge = this.first; wedge; wedge = wedge.newer) made.push(make(wedge))
    return made
  }
}

import type { WedgedScope } from './types.ts'

/** One wedge: begun by the mark that won, ended by a clear or a release. It is also its own place in the list. */
export class Wedge<State = unknown> implements WedgedScope {
  readonly state: State
  readonly scope: string
  readonly reason: string
  readonly since: number
  readonly cause: unknown
  marks = 1
  older: Wedge<State> | null = null
  newer: Wedge<State> | null = null

  constructor(state: State, scope: string, reason: string, since: number, cause: unknown) {
    this.state = state
    this.scope = scope
    this.reason = reason
    this.since = since
    this.cause = cause
  }
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
    if (last === null) this.first = wedge
    else last.newer = wedge
    this.#last = wedge
    this.count++
  }

  remove(wedge: Wedge<State>): void {
    const { older, newer } = wedge
    if (older === null) this.first = newer
    else older.newer = newer
    if (newer === null) this.#last = older
    else newer.older = older
    // A wedge that somebody still holds must not keep its former neighbours alive.
    wedge.older = null
    wedge.newer = null
    this.count--
  }

  clear(): void {
    for (let wedge = this.first; wedge !== null; ) {
      const { newer } = wedge
      wedge.older = null
      wedge.newer = null
      wedge = newer
    }
    this.first = null
    this.#last = null
    this.count = 0
  }

  toArray(): Wedge<State>[] {
    const wedges: Wedge<State>[] = []
    for (let wedge = this.first; wedge !== null; wedge = wedge.newer) wedges.push(wedge)
    return wedges
  }
}

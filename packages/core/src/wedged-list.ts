/**
 * The wedged scopes, oldest first, with O(1) `add`, `remove` and `first`. An intrusive linked list: the first key of a
 * Map degrades to O(n) when the oldest entries are deleted again and again.
 */
export interface WedgedList<Node> {
  readonly first: Node | null
  readonly count: number
  add(node: Node): void
  remove(node: Node): void
  map<T>(make: (node: Node) => T): T[]
}

/**
 * What can be listed, in one list at most. It has its place in itself, so that to add or to remove it touches nothing but
 * its neighbours; the links are the list's alone.
 */
export class Listed {
  #older: Listed | null = null
  #newer: Listed | null = null

  static readonly List: new <Node extends Listed>() => WedgedList<Node> = class List<Node extends Listed> {
    first: Node | null = null
    count = 0
    #last: Node | null = null

    add(node: Node): void {
      const last = this.#last
      node.#older = last
      if (last === null) this.first = node
      else last.#newer = node
      this.#last = node
      this.count++
    }

    remove(node: Node): void {
      const older = node.#older as Node | null
      const newer = node.#newer as Node | null
      if (older === null) this.first = newer
      else older.#newer = newer
      if (newer === null) this.#last = older
      else newer.#older = older
      // What somebody still holds must not keep its former neighbours alive.
      node.#older = node.#newer = null
      this.count--
    }

    map<T>(make: (node: Node) => T): T[] {
      const made: T[] = []
      for (let node = this.first; node; node = node.#newer as Node | null) made.push(make(node))
      return made
    }
  }
}

/**
 * Something that can be in one list at a time. It holds its own links, so that adding or removing it touches only its
 * neighbours. Only the list uses the links.
 */
export class Listed {
  #older: Listed | null = null
  #newer: Listed | null = null

  /** Inside this class, so that nothing else can reach the links. */
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
      // A node that someone still holds must not keep its former neighbours alive.
      node.#older = node.#newer = null
      this.count--
    }

    firstWithout(node: Node): Node | null {
      return this.first === node ? (node.#newer as Node | null) : this.first
    }

    all(): Node[] {
      const nodes: Node[] = []
      for (let node = this.first; node; node = node.#newer as Node | null) nodes.push(node)
      return nodes
    }
  }
}

/**
 * The wedged scopes, oldest first, with O(1) `add`, `remove` and `first`. An intrusive linked list: the first key of a
 * Map degrades to O(n) when the oldest entries are deleted again and again.
 */
export interface WedgedList<Node> {
  readonly first: Node | null
  readonly count: number
  add(node: Node): void
  remove(node: Node): void
  /** What `first` will be once `node` is removed. */
  firstWithout(node: Node): Node | null
  all(): Node[]
}

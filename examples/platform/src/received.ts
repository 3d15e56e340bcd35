import type { Notes } from './notes.ts'

/** The last millisecond of the year 9999. A clock that counts in microseconds is beyond it. */
const MAX_TIME = 253_402_300_799_999

/**
 * One value of a request's body. Reading a value that is absent gives `undefined`; so does a value that breaks its rule, and
 * this is noted. Never throws, whatever the body holds.
 */
export class Received {
  readonly #value: unknown
  readonly #path: string
  readonly #notes: Notes

  /** @param path where the value stands in the body, for the notes: `wedged_scopes[3].since`; the body itself is `""` */
  constructor(value: unknown, path: string, notes: Notes) {
    this.#value = value
    this.#path = path
    this.#notes = notes
  }

  /** A field of this object; absent if this is not an object. */
  field(name: string): Received {
    const value = isObject(this.#value) ? this.#value[name] : undefined
    return new Received(value, this.#path === '' ? name : `${this.#path}.${name}`, this.#notes)
  }

  /** A number from 0 up. */
  number(max: number = Number.MAX_SAFE_INTEGER): number | undefined {
    const rule = max === Number.MAX_SAFE_INTEGER ? 'a number from 0 up' : `a number from 0 to ${max}`
    return this.#as(rule, value => isNumber(value, max))
  }

  /** A whole number from 0 up. */
  count(): number | undefined {
    return this.#as('a whole number from 0 up', value => isNumber(value) && Number.isInteger(value))
  }

  /** A time in epoch milliseconds. */
  time(): number | undefined {
    const rule = 'whole epoch milliseconds from 0 to the year 9999'
    return this.#as(rule, value => isNumber(value, MAX_TIME) && Number.isInteger(value))
  }

  flag(): boolean | undefined {
    return this.#as('true or false', value => typeof value === 'boolean')
  }

  /** The value if it is this one. */
  literal<Value extends string>(expected: Value): Value | undefined {
    return this.#as(JSON.stringify(expected), value => value === expected)
  }

  /** A text; a longer one is cut, and noted. */
  text(max: number): string | undefined {
    return this.#string(`a string of at most ${max} characters`, 0, max)
  }

  /** A text that is not empty; a longer one is cut, and noted. */
  name(max: number): string | undefined {
    return this.#string(`a string of 1 to ${max} characters`, 1, max)
  }

  /** This value if it is an object. */
  object(): Received | undefined {
    return this.#as<object>('an object', isObject) && this
  }

  /**
   * A list of different items. What is beyond `max` is counted, not kept.
   *
   * @param read reads one item; `undefined` leaves it out
   * @param keyOf what no two items share: of those that do, the first one stays
   */
  list<Item>(
    max: number,
    read: (item: Received) => Item | undefined,
    keyOf: (item: Item) => string,
  ): { readonly items: readonly Item[]; readonly count: number } | undefined {
    const values = this.#as<unknown[]>('an array', Array.isArray)
    if (values === undefined) return undefined
    const items: Item[] = []
    const keys = new Set<string>()
    for (const [index, value] of values.entries()) {
      const path = `${this.#path}[${index}]`
      const item = read(new Received(value, path, this.#notes))
      if (item === undefined) continue
      const key = keyOf(item)
      if (keys.has(key)) this.#notes.broken(path, 'different from the entries before it', key)
      else if (keys.add(key).size <= max) items.push(item)
    }
    if (keys.size > max) this.#notes.broken(this.#path, `an array of at most ${max} entries`, values)
    return { items, count: keys.size }
  }

  #string(rule: string, min: number, max: number): string | undefined {
    const text = this.#as<string>(rule, value => typeof value === 'string' && value.length >= min)
    if (text === undefined || text.length <= max) return text
    this.#notes.broken(this.#path, rule, text)
    return cut(text, max)
  }

  #as<Type>(rule: string, holds: (value: unknown) => boolean): Type | undefined {
    if (this.#value === undefined) return undefined
    if (holds(this.#value)) return this.#value as Type
    this.#notes.broken(this.#path, rule, this.#value)
    return undefined
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** JSON can hold numbers that are beyond every number: `1e999` reads as `Infinity`. */
function isNumber(value: unknown, max = Number.MAX_SAFE_INTEGER): value is number {
  return typeof value === 'number' && value >= 0 && value <= max
}

/** Never through a surrogate pair. A copy, since a slice would keep the whole long text in memory. */
function cut(text: string, max: number): string {
  const start = text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')
  return Buffer.from(`${start}…`, 'utf16le').toString('utf16le')
}

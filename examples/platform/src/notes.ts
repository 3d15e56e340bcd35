/** So many are told one by one; a body could break thousands of rules. */
const MAX_NOTES = 10
/** So much of a received string is quoted. */
const QUOTED = 60

/** Collects the rules that a body breaks. */
export class Notes {
  readonly #first: string[] = []
  #more = 0

  broken(field: string, rule: string, received: unknown): void {
    if (this.#first.length === MAX_NOTES) this.#more++
    else this.#first.push(ruleBroken(field, rule, received))
  }

  /** A sentence for each: which field, the rule, what was received. */
  get lines(): readonly string[] {
    return this.#more === 0 ? this.#first : [...this.#first, `and ${this.#more} more`]
  }
}

/** The one form of every error about a body. */
export function ruleBroken(field: string, rule: string, received: unknown): string {
  return `${field} must be ${rule}, got ${shown(received)}`
}

/** Objects and arrays are named, not printed: one that is nested 30,000 deep would overflow the stack. */
function shown(received: unknown): string {
  if (received === undefined) return 'nothing'
  if (Array.isArray(received)) return `an array of ${received.length}`
  if (typeof received === 'object' && received !== null) return 'an object'
  if (typeof received === 'number') return String(received)
  if (typeof received !== 'string' || received.length <= QUOTED) return JSON.stringify(received)
  return `${JSON.stringify(received.slice(0, QUOTED))}… of ${received.length} characters`
}

import type { PlainRegistry } from './registry.ts'

export type PlainSuccess = 'clear' | 'succeed' | 'stale succeed'

/** What is known of the successes of one scope. */
export class PlainEvidence {
  proven: boolean
  lastSuccess: number | null = null
  readonly #registry: PlainRegistry
  readonly #scope: string

  constructor(registry: PlainRegistry, scope: string) {
    this.#registry = registry
    this.#scope = scope
    const { flaw, everProven } = registry
    this.proven = flaw === 'proven from the beginning' || (flaw === 'evidence is inherited' && everProven.has(scope))
  }

  /** @returns whether an event was queued, which is then to be delivered */
  note(by: PlainSuccess, at: number | null): boolean {
    const { flaw, states, everProven } = this.#registry
    if (by !== 'clear' || flaw === 'a clear sets lastSuccess') this.lastSuccess = this.#time(at)
    const told = (this.proven && flaw !== 'each clear is told') || flaw === `not proven by ${by}`
    if (told || (flaw === 'not proven by a stale success' && by === 'stale succeed')) return false
    this.proven = true
    everProven.add(this.#scope)
    if (flaw === 'a success proves every scope') for (const state of states.values()) state.evidence.proven = true
    this.#registry.announceProof(this.#scope)
    return true
  }

  forget(): void {
    if (this.#registry.flaw === 'evidence outlives the release') return
    this.proven = false
    this.lastSuccess = null
  }

  #time(at: number | null): number | null {
    const { flaw } = this.#registry
    return flaw === 'the first success is the last' ? (this.lastSuccess ?? at) : (at ?? this.#registry.now())
  }
}

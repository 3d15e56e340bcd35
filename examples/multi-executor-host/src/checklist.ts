import type { WedgeReader } from '@runtime-wedge/core'
import { FAULTY, HEALTHY } from './scenario.ts'

/** What the demo has to show, and what of it was seen so far. */
export class Checklist {
  readonly #reader: WedgeReader
  readonly #complete = new AbortController()
  readonly #wedged = new Set<string>()
  readonly #awaited = new Set<string>([...FAULTY, 'RESTART_CLEARED', 'WORKSPACE_ONLINE'])

  constructor(reader: WedgeReader) {
    this.#reader = reader
  }

  /** Aborts when everything was seen and everything is healthy again. */
  get complete(): AbortSignal {
    return this.#complete.signal
  }

  wedged(scope: string): void {
    this.#wedged.add(scope)
    this.#awaited.add('WORKSPACE_ONLINE')
  }

  /** @param what a scope that was cleared, or the type of a platform event */
  seen(what: string): void {
    this.#awaited.delete(what)
    if (this.#awaited.size === 0 && !this.#reader.isWedged()) this.#complete.abort()
  }

  get passed(): boolean {
    return this.complete.aborted && !this.#wedged.has(HEALTHY)
  }

  /** The result in one line. */
  summary(ms: number): string {
    const wedged = [...this.#wedged].join(', ')
    const seconds = `${(ms / 1_000).toFixed(1)} s`
    if (this.passed) {
      return `${wedged} were wedged, restarted and cleared by an answer; ${HEALTHY} stayed healthy: ${seconds}`
    }
    const missing = this.#awaited.size > 0 ? `not seen: ${[...this.#awaited].join(', ')}` : 'everything was seen'
    return `failed after ${seconds}: wedged: ${wedged || 'none'}; ${missing}`
  }
}

const TICKS_PER_DEADLINE = 20
const MAX_TICK_MS = 1_000
/** Turns of the event loop in which a request that has arrived is accepted, read and carried out. */
const TURNS_TO_READ = 4

/**
 * Deadlines for peers, measured in the time in which this process was able to listen. While it is stopped, or its event loop
 * blocked, it cannot know whether a peer is silent.
 */
export class ListeningClock {
  readonly #tickMs: number
  readonly #ticker: NodeJS.Timeout
  #lastLook = performance.now()
  #listenedMs = 0

  /** @param shortestMs the shortest deadline that will be set */
  constructor(shortestMs: number) {
    this.#tickMs = Math.max(1, Math.min(MAX_TICK_MS, shortestMs / TICKS_PER_DEADLINE))
    this.#ticker = setInterval(() => this.#listened(), this.#tickMs)
  }

  /**
   * Calls `passed` once, after `ms` of listening, and only after everything that had arrived by then was read.
   *
   * @returns cancels it; idempotent
   */
  after(ms: number, passed: () => void): () => void {
    const due = this.#listened() + ms
    let cancel: () => void
    const wait = (restMs: number): void => {
      const timer = setTimeout(check, restMs)
      cancel = () => clearTimeout(timer)
    }
    const check = (): void => {
      const restMs = due - this.#listened()
      if (restMs >= 1) wait(restMs)
      else read(TURNS_TO_READ)
    }
    const read = (turns: number): void => {
      const turn = setImmediate(() => (turns > 1 ? read(turns - 1) : passed()))
      cancel = () => clearImmediate(turn)
    }
    wait(ms)
    return () => cancel()
  }

  close(): void {
    clearInterval(this.#ticker)
  }

  /** A stall, which is a gap of more than two ticks, counts as one tick, so that deadlines pass even if the loop always lags. */
  #listened(): number {
    const now = performance.now()
    const gap = now - this.#lastLook
    this.#lastLook = now
    this.#listenedMs += gap > 2 * this.#tickMs ? this.#tickMs : gap
    return this.#listenedMs
  }
}

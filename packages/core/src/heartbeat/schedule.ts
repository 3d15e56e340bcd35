/** The first retry waits for this long at most, and so does a transition while the platform is out of reach. */
const RETRY_MS = 500
/** The least time from one beat with news to the next: ten per second, however fast a scope flaps. */
const NEWS_GAP_MS = 100

/**
 * Decides when the next beat is sent: at once when there is news, else every interval, and after a failure with backoff and
 * jitter. Beats never overlap: news during one goes with the next. Never keeps the process alive.
 */
export class Schedule {
  readonly #intervalMs: number
  readonly #send: () => Promise<number>
  #timer: ReturnType<typeof setTimeout> | undefined
  #flight: Promise<void> | undefined
  #isEnded = false
  #failures = 0
  /** Whether anything has happened that the last body did not have. */
  #hasNews = false
  /** When the next news may be sent, by `performance.now()`. */
  #nextNewsAt = 0

  /** @param send sends one beat, never rejects; resolves to the number of failures in a row */
  constructor(intervalMs: number, send: () => Promise<number>) {
    this.#intervalMs = intervalMs
    this.#send = send
  }

  /** Sends a beat now. */
  beat(): void {
    clearTimeout(this.#timer)
    this.bodyMade()
    this.#flight = this.#send().then(failures => {
      this.#failures = failures
      this.#flight = undefined
      if (!this.#isEnded) this.#plan()
    })
  }

  /** There is news. */
  wake(): void {
    if (this.#hasNews) return
    this.#hasNews = true
    if (!this.#flight) this.#plan()
  }

  /** A body was made: it has all the news there is so far. */
  bodyMade(): void {
    if (this.#hasNews) this.#nextNewsAt = performance.now() + NEWS_GAP_MS
    this.#hasNews = false
  }

  /** Plans no more beats. @returns a promise that settles with the send in flight */
  async end(): Promise<void> {
    clearTimeout(this.#timer)
    this.#isEnded = true
    await this.#flight
  }

  #plan(): void {
    clearTimeout(this.#timer)
    const delay = this.#delay()
    if (delay <= 0) {
      this.beat()
      return
    }
    this.#timer = setTimeout(() => this.beat(), delay)
    this.#timer.unref?.()
  }

  #delay(): number {
    if (this.#failures > 0) {
      const backoff = RETRY_MS * 2 ** (this.#hasNews ? 0 : this.#failures - 1)
      return Math.min(this.#intervalMs, backoff) * (0.5 + Math.random() / 2)
    }
    return this.#hasNews ? Math.min(this.#intervalMs, this.#nextNewsAt - performance.now()) : this.#intervalMs
  }
}

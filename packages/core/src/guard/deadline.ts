/** A number in browsers and on the edge, where no timer keeps anything alive. */
type Timer = ReturnType<typeof setTimeout> & { unref?(): unknown }

/**
 * A deadline that runs while it is started and not paused; each start and resume begins it again. Never keeps a process
 * alive.
 */
export class Deadline {
  readonly #onPassed: () => void
  #ms: number
  #isStarted = false
  #isPaused = false
  #timer: Timer | undefined

  /** @param ms `Infinity` never passes */
  constructor(ms: number, onPassed: () => void) {
    this.#ms = ms
    this.#onPassed = onPassed
  }

  get ms(): number {
    return this.#ms
  }

  /** Takes effect at the next start or resume. */
  set ms(ms: number) {
    this.#ms = ms
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  start(): void {
    this.#isStarted = true
    this.#run()
  }

  stop(): void {
    this.#isStarted = false
    clearTimeout(this.#timer)
  }

  pause(): void {
    this.#isPaused = true
    clearTimeout(this.#timer)
  }

  resume(): void {
    this.#isPaused = false
    this.#run()
  }

  #run(): void {
    clearTimeout(this.#timer)
    if (!this.#isStarted || this.#isPaused || this.#ms === Infinity) return
    this.#timer = setTimeout(this.#onPassed, this.#ms)
    this.#timer.unref?.()
  }
}

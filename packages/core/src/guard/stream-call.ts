import { Call } from './call.ts'
import { Deadline } from './deadline.ts'
import type { Judge } from './judge.ts'
import type { GuardPhase, GuardStreamCall } from './types.ts'

/** A stream's options, with every deadline filled in. */
export interface StreamOptions {
  readonly firstMessageMs: number
  readonly idleMs: number
  readonly signal: AbortSignal | undefined
}

/** A call of many messages, in one turn or several. */
export class StreamCall extends Call implements GuardStreamCall {
  readonly #options: StreamOptions
  readonly #deadline: Deadline
  #awaitsFirst = true
  #isAbandoned = false

  constructor(judge: Judge, options: StreamOptions, onDeadline: () => void) {
    const deadline = new Deadline(options.firstMessageMs, onDeadline)
    super(judge, 'stream', deadline, options.signal)
    this.#options = options
    this.#deadline = deadline
  }

  /** Whether this turn is still without a message. */
  get awaitsFirst(): boolean {
    return this.#awaitsFirst
  }

  /** What the reader awaits: the first message of a turn, or a further one. */
  get awaited(): GuardPhase {
    return this.#awaitsFirst ? 'stream' : 'idle'
  }

  get deadlineMs(): number {
    return this.#deadline.ms
  }

  get isPaused(): boolean {
    return this.#deadline.isPaused
  }

  /** Whether the reader has left. */
  get isAbandoned(): boolean {
    return this.#isAbandoned
  }

  override get isAborted(): boolean {
    return this.#isAbandoned || super.isAborted
  }

  beginTurn(): void {
    this.renew()
    this.#awaitsFirst = true
    this.#deadline.ms = this.#options.firstMessageMs
    this.resume()
  }

  /** A message came. */
  received(): void {
    this.#awaitsFirst = false
    this.#deadline.ms = this.#options.idleMs
  }

  /** The reader leaves: neither a pause nor a silent source may hold up `return()`. */
  abandon(): void {
    this.#isAbandoned = true
    this.#deadline.ms = Math.min(this.#options.firstMessageMs, this.#options.idleMs)
    this.#deadline.resume()
    this.#deadline.start()
  }
}

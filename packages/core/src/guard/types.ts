/// <reference lib="esnext.disposable" preserve="true" />

/**
 * What an outcome says about the executor: `wedge` marks now; `suspect` marks after `suspectLimit` in a row; `alive`
 * resets that count, and neither marks nor clears; `ignore` changes nothing at all.
 */
export type WedgeVerdict = 'wedge' | 'suspect' | 'alive' | 'ignore'

/** Where it happened. `idle` is a stream that fell silent after its first message, and a death that was reported. */
export type GuardPhase = 'connect' | 'request' | 'stream' | 'idle'

export interface GuardContext {
  readonly phase: GuardPhase
  /** Whether the caller's signal had aborted, or the stream's reader had left. */
  readonly aborted: boolean
  /** The call that it happened in, as the work was given it; none for `guard.report`. */
  readonly call?: GuardCall | undefined
}

export interface GuardReasonContext extends GuardContext {
  /** The reason that is used if `describe` returns none: short, and it names the recovery action. */
  readonly reason: string
}

/** In milliseconds, above 0 and at most 2,147,483,647; `Infinity` says on purpose that there is no deadline. */
export interface GuardDeadlines {
  /** How long `connect` may take. */
  readonly connectDeadlineMs?: number | undefined
  /** How long a request may take; `call.progress()` starts it anew. */
  readonly requestDeadlineMs?: number | undefined
  /** How long a stream that is being read may be silent before its first message. Without it `idleMs` holds there too. */
  readonly firstMessageMs?: number | undefined
  /** How long a stream that is being read may be silent after its first message. Without it, for ever. */
  readonly idleMs?: number | undefined
}

/**
 * A hook that throws counts as one that returned `undefined`: no hook can replace the value or the error that the
 * caller gets.
 */
export interface GuardOptions extends GuardDeadlines {
  /** How many suspects in a row make a wedge; 2 unless told. */
  readonly suspectLimit?: number | undefined
  /**
   * Judges an error; `undefined` leaves it to the default: `ignore` if the caller aborted; `wedge` for whatever fails in
   * `connect`, for a failed spawn and for `report`; `suspect` for ECONNREFUSED, ECONNRESET, EPIPE, ETIMEDOUT and what
   * `fetch` calls them (also as a `cause`); `ignore` for the deadline of another guard, which has judged it; else `alive`.
   * What the guard itself finds never passes through it: a deadline, and a stream that ends without a message, which is a
   * suspect.
   */
  readonly classify?: ((error: unknown, context: GuardContext) => WedgeVerdict | undefined) | undefined
  /** Gives the reason of a wedge, for an operator: short, naming the recovery action. `undefined` leaves it to the default. */
  readonly describe?: ((error: unknown, context: GuardReasonContext) => string | undefined) | undefined
  /**
   * Tells whether an answer or a message is proof that the executor works. "Did not throw" is none: say what real
   * content is. Without it every answer and every message counts. An answer that is no proof is `alive`.
   */
  readonly isSuccess?: SuccessTest['test'] | undefined
}

interface SuccessTest {
  /** A method, so that a test of one's own result type fits: the guard hands over whatever the work resolved to. */
  test(result: unknown): boolean
}

export interface GuardCallOptions extends GuardDeadlines {
  /** The caller's own signal: once it has aborted, whatever the work then does says nothing about the executor. */
  readonly signal?: AbortSignal | undefined
}

/** What guarded work is given. */
export interface GuardCall {
  /** Aborts at the deadline, with the {@link WedgeDeadlineError}, or with the caller's signal. Made when first read. */
  readonly signal: AbortSignal
  /** The executor showed life: starts the deadline anew, and resets the count of suspects but for this call's own time-out. */
  progress(): void
  /** Stops the deadline, while somebody else than the executor is awaited (a permission prompt, a tool of the host). */
  pause(): void
  /** Starts the deadline anew after {@link pause}. Says nothing about the executor. */
  resume(): void
  /**
   * Reports that the connection which this call made or used has died, also after the call has ended. Like `guard.report`,
   * but once a newer `connect` began it does nothing: an old child's exit comes late and must not kill its successor.
   */
  report(error: unknown): void
}

export interface GuardStreamCall extends GuardCall {
  /**
   * Begins a turn of a long-lived stream: a new attempt, which waits for a first message again. Ends a pause. The
   * stream's beginning is a turn; `pause()` between two of them.
   */
  beginTurn(): void
}

/** A guarded stream: an async iterator, and its own iterable. */
export interface GuardedStream<T> {
  next(): Promise<IteratorResult<T, unknown>>
  return(value?: unknown): Promise<IteratorResult<T, unknown>>
  [Symbol.asyncIterator](): GuardedStream<T>
}

/**
 * Turns what happens around the calls of one executor's client into the state of its scope.
 *
 * Until its deadline a call gives its caller the same value or the same error object as without the guard. At the
 * deadline it rejects with a {@link WedgeDeadlineError}; the work is told by `call.signal`, is not waited for, and what
 * it does later is ignored.
 */
export interface WedgeGuard {
  /**
   * Guards the making of a connection, and begins a new generation: what was begun before changes the state no more.
   * Success resets the count of suspects, and does not clear: an answer to a request does.
   *
   * @throws TypeError at once, if neither the guard nor `options` has `connectDeadlineMs`
   */
  connect<T>(work: (call: GuardCall) => T | PromiseLike<T>, options?: GuardCallOptions): Promise<Awaited<T>>
  /**
   * Guards one request: a success clears the wedge that was in force when it began; a deadline is a suspect.
   *
   * @throws TypeError at once, if neither the guard nor `options` has `requestDeadlineMs`
   */
  request<T>(work: (call: GuardCall) => T | PromiseLike<T>, options?: GuardCallOptions): Promise<Awaited<T>>
  /**
   * Guards a stream. `work` is called at once. A deadline runs only while a message is awaited, never while the reader is
   * busy with one; it is a wedge. Each success clears what was marked before the attempt, then begins a new attempt.
   * A reader that leaves says nothing about the executor: `return()` is passed on, and not waited for past the deadline.
   *
   * @throws TypeError at once, if neither the guard nor `options` has `firstMessageMs` or `idleMs`
   */
  stream<T>(
    work: (call: GuardStreamCall) => AsyncIterable<T> | PromiseLike<AsyncIterable<T>>,
    options?: GuardCallOptions,
  ): GuardedStream<T>
  /** Reports that the executor died, seen with no request in flight (`onclose`, a child's `exit`). Never throws. */
  report(error: unknown): void
  /**
   * The end that the host wants: from here on the guard changes the state no more, whatever was or will be begun under
   * it. Calls keep working, deadlines included. Idempotent.
   */
  close(): void
  [Symbol.dispose](): void
}

/// <reference lib="esnext.disposable" preserve="true" />

/**
 * What an outcome says about the executor: `wedge` marks now; `suspect` marks after `suspectLimit` in a row; `alive`
 * resets that count, and neither marks nor clears; `ignore` changes nothing at all.
 */
export type WedgeVerdict = 'wedge' | 'suspect' | 'alive' | 'ignore'

/** Where it happened. `idle` is a stream that fell silent after its first message, or a death that was reported. */
export type GuardPhase = 'connect' | 'request' | 'stream' | 'idle'

/** Where and how an error happened, for the hooks. */
export interface GuardContext {
  /** Where it happened. */
  readonly phase: GuardPhase
  /** Whether the caller's signal had aborted, or the stream's reader had left. */
  readonly aborted: boolean
  /** The call that it happened in, as the work was given it; `undefined` for `guard.report`. */
  readonly call?: GuardCall | undefined
}

/** What `describe` builds its reason on. */
export interface GuardReasonContext extends GuardContext {
  /** The reason that is used if `describe` returns none: short, and it names the recovery action. */
  readonly reason: string
}

/** Deadlines in milliseconds, above 0 and at most 2,147,483,647. Pass `Infinity` for no deadline. */
export interface GuardDeadlines {
  /**
   * How long `connect` may take.
   *
   * @default none: a `connect` without its own is a TypeError
   */
  readonly connectDeadlineMs?: number | undefined
  /**
   * How long a request may take; `call.progress()` starts it again.
   *
   * @default none: a `request` without its own is a TypeError
   */
  readonly requestDeadlineMs?: number | undefined
  /**
   * How long a stream that is being read may be silent before its first message.
   *
   * @default `idleMs`; a `stream` that has neither is a TypeError
   */
  readonly firstMessageMs?: number | undefined
  /**
   * How long a stream that is being read may be silent after its first message.
   *
   * @default Infinity
   */
  readonly idleMs?: number | undefined
}

/**
 * What a guard is made with. A hook that throws counts as one that returned `undefined`: no hook can replace the value or
 * the error that the caller gets.
 */
export interface GuardOptions extends GuardDeadlines {
  /**
   * How many suspects in a row make a wedge: a whole number from 1, or `Infinity`.
   *
   * @default 2
   */
  readonly suspectLimit?: number | undefined
  /**
   * Judges an error; `undefined` leaves it to the default. Never asked about what the guard itself finds: a deadline, and
   * a stream that ends without a message, which is a suspect.
   *
   * @default
   * `ignore` if the caller aborted; `wedge` for whatever fails in `connect`, for a failed spawn and for `report`; `suspect`
   * if no one answered, also as a `cause`: ECONNREFUSED, ECONNRESET, EPIPE, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH,
   * ENOTFOUND, EAI_AGAIN, and UND_ERR_SOCKET, UND_ERR_CONNECT_TIMEOUT, UND_ERR_HEADERS_TIMEOUT, UND_ERR_BODY_TIMEOUT of
   * `fetch`; `ignore` for the deadline of another guard, which has judged it; otherwise `alive`
   */
  readonly classify?: ((error: unknown, context: GuardContext) => WedgeVerdict | undefined) | undefined
  /**
   * Gives the reason of a wedge, for an operator: short, naming the recovery action. `undefined`, `""`, and whatever is not
   * a string leave it to the default.
   *
   * @default what happened, cut at 120 characters, then `restart` and the scope
   */
  readonly describe?: ((error: unknown, context: GuardReasonContext) => string | undefined) | undefined
  /**
   * Tells whether an answer or a message proves that the executor works. "It did not throw" proves nothing; check for real
   * content. An answer that proves nothing is `alive`.
   *
   * @default every answer and every message counts
   */
  readonly isSuccess?: SuccessTest['test'] | undefined
}

interface SuccessTest {
  /** A method, so that a test of one's own result type fits: the guard hands over whatever the work resolved to. */
  test(result: unknown): boolean
}

/** What one call is made with; its deadlines go before the guard's. */
export interface GuardCallOptions extends GuardDeadlines {
  /**
   * The caller's own signal: once it has aborted, whatever the work then does says nothing about the executor.
   *
   * @default none
   */
  readonly signal?: AbortSignal | undefined
}

/** What guarded work is given. */
export interface GuardCall {
  /**
   * Aborts at the deadline, with the {@link WedgeDeadlineError}, or with the caller's signal. Made when first read; any
   * number may listen.
   */
  readonly signal: AbortSignal
  /**
   * The executor showed life: starts the deadline again, and resets the count of suspects, but not for this call's own
   * time-out.
   */
  progress(): void
  /** Stops the deadline while someone other than the executor is awaited (a permission prompt, a tool of the host). */
  pause(): void
  /** Starts the deadline again after {@link pause}. Says nothing about the executor. */
  resume(): void
  /**
   * Reports that the connection which this call made or used has died, also after the call has ended. Like `guard.report`,
   * but once a newer `connect` has begun it does nothing: an old child's exit comes late and must not kill its successor.
   */
  report(error: unknown): void
}

/** What the work of a guarded stream is given. */
export interface GuardStreamCall extends GuardCall {
  /**
   * Begins a turn of a long-lived stream: a new attempt, which waits for a first message again. Ends a pause. The
   * stream's beginning is a turn; `pause()` between two of them.
   */
  beginTurn(): void
}

/** A guarded stream: an async iterator, and its own iterable. */
export interface GuardedStream<T> {
  /** The source's next message, its end or its error; at the deadline rejects with a {@link WedgeDeadlineError}. */
  next(): Promise<IteratorResult<T, unknown>>
  /** Leaves the stream. Passed on to the source, which is not waited for past the deadline. */
  return(value?: unknown): Promise<IteratorResult<T, unknown>>
  /** The stream itself, for `for await`. */
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
   * Guards the making of a connection, and begins a new generation: what was begun before no longer changes the state.
   * Success resets the count of suspects and never clears: an answer to a request does. A failure is a wedge.
   *
   * @param work makes the connection; called at once
   * @param options deadlines of this call, in milliseconds, and the caller's signal
   * @returns what the work gives, or its error; at the deadline a {@link WedgeDeadlineError}
   * @throws TypeError at once, if neither the guard nor `options` has `connectDeadlineMs`, or an argument is invalid
   */
  connect<T>(work: (call: GuardCall) => T | PromiseLike<T>, options?: GuardCallOptions): Promise<Awaited<T>>
  /**
   * Guards one request: a success clears the wedge that was in force when it began; a deadline is a suspect. Never clears
   * a wedge that began meanwhile.
   *
   * @param work makes the request; called at once
   * @param options deadlines of this call, in milliseconds, and the caller's signal
   * @returns what the work gives, or its error; at the deadline a {@link WedgeDeadlineError}
   * @throws TypeError at once, if neither the guard nor `options` has `requestDeadlineMs`, or an argument is invalid
   */
  request<T>(work: (call: GuardCall) => T | PromiseLike<T>, options?: GuardCallOptions): Promise<Awaited<T>>
  /**
   * Guards a stream. A deadline runs only while a message is awaited, never while the reader is busy with one; it is a
   * wedge. Each success clears what was marked before the attempt, then begins a new attempt. A reader that leaves says
   * nothing about the executor.
   *
   * @param work opens the stream; called at once
   * @param options deadlines of this call, in milliseconds, and the caller's signal
   * @returns the messages of the iterable that the work gives
   * @throws TypeError at once, if neither the guard nor `options` has `firstMessageMs` or `idleMs`, or an argument is
   * invalid; also what the work throws
   */
  stream<T>(
    work: (call: GuardStreamCall) => AsyncIterable<T> | PromiseLike<AsyncIterable<T>>,
    options?: GuardCallOptions,
  ): GuardedStream<T>
  /** Reports that the executor died, seen with no request in flight (`onclose`, a child's `exit`). Never throws. */
  report(error: unknown): void
  /**
   * The end that the host wants: from here on the guard no longer changes the state, whatever was or will be begun under
   * it. Calls keep working, deadlines included. Idempotent.
   */
  close(): void
  /** The same as {@link close}. */
  [Symbol.dispose](): void
}

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
  /** The call in which it happened, the same object that the work was given; `undefined` for `guard.report`. */
  readonly call?: GuardCall | undefined
}

/** What `describe` is given. */
export interface GuardReasonContext extends GuardContext {
  /** The reason that is used if `describe` returns none: short, with the recovery action. */
  readonly reason: string
}

/** Deadlines in milliseconds, above 0 and at most 2,147,483,647. Pass `Infinity` for no deadline. */
export interface GuardDeadlines {
  /**
   * How long `connect` may take.
   *
   * @default none: `connect` throws a TypeError unless the call has one
   */
  readonly connectDeadlineMs?: number | undefined
  /**
   * How long a request may take; `call.progress()` starts it again.
   *
   * @default none: `request` throws a TypeError unless the call has one
   */
  readonly requestDeadlineMs?: number | undefined
  /**
   * How long a stream that is being read may be silent before its first message.
   *
   * @default `idleMs`; `stream` throws a TypeError if there is neither
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
 * Options of a guard. What a hook throws reaches no one, and no hook can replace the value or the error that the caller
 * gets.
 */
export interface GuardOptions extends GuardDeadlines {
  /**
   * How many suspects in a row make a wedge: a whole number from 1, or `Infinity`.
   *
   * @default 2
   */
  readonly suspectLimit?: number | undefined
  /**
   * Judges an error. If it returns `undefined` or throws, the default decides. It is never asked about what the guard
   * itself finds: a deadline, and a stream that ends without a message, which is a suspect.
   *
   * @default `ignore` if the caller aborted; `wedge` for whatever fails in `connect`, for a failed spawn and for `report`;
   * `suspect` if no one answered, also as a `cause`: ECONNREFUSED, ECONNRESET, EPIPE, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH,
   * ENOTFOUND, EAI_AGAIN, and UND_ERR_SOCKET, UND_ERR_CONNECT_TIMEOUT, UND_ERR_HEADERS_TIMEOUT, UND_ERR_BODY_TIMEOUT of
   * `fetch`; `ignore` for the deadline of another guard, which has already judged it; otherwise `alive`
   */
  readonly classify?: ((error: unknown, context: GuardContext) => WedgeVerdict | undefined) | undefined
  /**
   * Gives the reason of a wedge, for an operator: short, with the recovery action. Secrets of known forms are redacted. If
   * it throws, or returns anything but a string with text, the default is used.
   *
   * @default what happened, cut at 120 characters, then `restart` and the scope
   */
  readonly describe?: ((error: unknown, context: GuardReasonContext) => string | undefined) | undefined
  /**
   * Tells whether an answer or a message proves that the executor works. "It did not throw" proves nothing; check for real
   * content. An answer that proves nothing is `alive`, also if this throws.
   *
   * @default every answer and every message counts
   */
  readonly isSuccess?: SuccessTest['test'] | undefined
}

interface SuccessTest {
  /** A method, so that a test of one's own result type fits: the guard hands over whatever the work resolved to. */
  test(result: unknown): boolean
}

/** Options of one call. Its deadlines take precedence over the guard's. */
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
   * Aborts at the deadline, with the {@link WedgeDeadlineError}, or when the caller's signal does. It may have any number
   * of listeners.
   */
  readonly signal: AbortSignal
  /**
   * Says that the executor showed life: starts the deadline again, and resets the count of suspects. If this call itself
   * times out, the count goes on.
   */
  progress(): void
  /** Stops the deadline while someone other than the executor is awaited (a permission prompt, a tool of the host). */
  pause(): void
  /** Starts the deadline again after {@link pause}. Says nothing about the executor. */
  resume(): void
  /**
   * Reports that the connection which this call made or used has died, also after the call has ended. Like `guard.report`,
   * but it does nothing once a newer `connect` has begun: the exit of an old child comes late, and must not mark its
   * successor.
   */
  report(error: unknown): void
}

/** What the work of a guarded stream is given. */
export interface GuardStreamCall extends GuardCall {
  /**
   * Begins another turn of a long-lived stream: a new attempt, which waits for a first message again. Ends a pause. The
   * first turn begins with the stream; call `pause()` at the end of each.
   */
  beginTurn(): void
}

/** A guarded stream: an async iterator, and its own iterable. */
export interface GuardedStream<T> {
  /** The source's next message, its end or its error; at the deadline rejects with a {@link WedgeDeadlineError}. */
  next(): Promise<IteratorResult<T, unknown>>
  /** Leaves the stream, and tells the source, which is waited for until the deadline at most. */
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
   * Success resets the count of suspects, but never clears: only an answer to a request does. A failure or a deadline is a
   * wedge.
   *
   * @param work makes the connection; called at once
   * @param options deadlines of this call, in milliseconds, and the caller's signal
   * @returns what the work gives, or its error; at the deadline a {@link WedgeDeadlineError}
   * @throws TypeError at once, if neither the guard nor `options` has `connectDeadlineMs`, or an argument is invalid
   */
  connect<T>(work: (call: GuardCall) => T | PromiseLike<T>, options?: GuardCallOptions): Promise<Awaited<T>>
  /**
   * Guards one request: a success clears the wedge that was there when it began; a deadline is a suspect. Never clears a
   * wedge that began meanwhile.
   *
   * @param work makes the request; called at once
   * @param options deadlines of this call, in milliseconds, and the caller's signal
   * @returns what the work gives, or its error; at the deadline a {@link WedgeDeadlineError}
   * @throws TypeError at once, if neither the guard nor `options` has `requestDeadlineMs`, or an argument is invalid
   */
  request<T>(work: (call: GuardCall) => T | PromiseLike<T>, options?: GuardCallOptions): Promise<Awaited<T>>
  /**
   * Guards a stream. A deadline runs only while a message is awaited, never while the reader is busy with one; when it
   * passes, that is a wedge. Each success clears what was marked before its attempt began, and begins a new attempt. A
   * reader that leaves says nothing about the executor.
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
   * Ends the guard: from here on it no longer changes the state, whatever was begun under it or will be. Call it **before**
   * the client's own close, or the expected exit is a wedge. Calls keep working, deadlines included. Idempotent.
   */
  close(): void
  /** The same as {@link close}. */
  [Symbol.dispose](): void
}

import { isSignal } from '../../foreign/abort-signal.ts'
import { createGuard, type GuardCall, type GuardOptions, type WedgeGuard } from '../../guard/index.ts'
import type { WedgeState } from '../../types.ts'
import { hostHooksFirst } from '../shared/hooks.ts'
import { StderrTail } from '../shared/stderr-tail.ts'
import type { Client, RequestOptions, Transport } from './sdk.ts'
import { watchStderr } from './stderr.ts'
import { field, requestVerdict } from './verdict.ts'

/**
 * `settling` lasts from the end of `initialize` until `connect` settles. If the client is closed in that time, the SDK
 * itself does it, because `connect` has `failed`.
 */
type Stage = 'starting' | 'settling' | 'failed' | 'open'

/** One connection of a client, with a guard of its own: what an older connection still does concerns no one. */
export class Connection {
  readonly #guard: WedgeGuard
  #stage: Stage = 'starting'
  /** The `connect` that made this connection; `undefined` if the client was already connected when it was guarded. */
  #call: GuardCall | undefined
  #tail = new StderrTail()
  /** The `data` of errors that came over the wire. */
  readonly #answered = new WeakSet<object>()

  constructor(client: Pick<Client, 'transport'>, state: WedgeState, options: GuardOptions) {
    const hooks = hostHooksFirst(options, {
      classify: (error, { phase, aborted }) =>
        aborted || phase !== 'request' ? undefined : requestVerdict(error, client, data => this.#isAnswer(data)),
      describe: (_, { reason }) => (this.#tail.line ? `${reason} — stderr: ${this.#tail.line}` : reason),
    })
    this.#guard = createGuard(state, {
      connectDeadlineMs: options.connectDeadlineMs,
      // The SDK's timer is the deadline.
      requestDeadlineMs: Infinity,
      suspectLimit: options.suspectLimit,
      isSuccess: options.isSuccess ?? (result => field(result, 'isError') !== true),
      ...hooks,
    })
  }

  /** Whether `initialize` is still to come. */
  get isStarting(): boolean {
    return this.#stage === 'starting'
  }

  /** Guards the client's `connect`, which begins with the start of the transport. */
  connect(transport: Transport, options: RequestOptions | undefined, work: () => Promise<void>): Promise<void> {
    this.#watch(transport)
    return this.#guard.connect(
      async call => {
        this.#call = call
        try {
          await work()
        } finally {
          this.#stage = 'open'
        }
      },
      { signal: signalOf(options) },
    )
  }

  /** Pauses the deadline of `connect` during `initialize`, where the SDK has a timer of its own. */
  async initialize(work: () => Promise<unknown>): Promise<unknown> {
    this.#call?.pause()
    try {
      return await work()
    } finally {
      this.#stage = 'settling'
      this.#call?.resume()
    }
  }

  /** Guards one request, whose deadline is the SDK's. */
  request(options: RequestOptions, work: (call: GuardCall) => Promise<unknown>): Promise<unknown> {
    return this.#guard.request(work, { signal: signalOf(options) })
  }

  /** Takes over a connection that was made before the client was guarded. */
  adopt(transport: Transport): void {
    this.#stage = 'open'
    this.#watch(transport)
  }

  /** Learns that the host closes the connection. */
  expectClose(): void {
    if (this.#stage === 'settling') this.#stage = 'failed'
    else if (this.#stage !== 'failed') this.#guard.close()
  }

  /** From here on it no longer changes the state. */
  close(): void {
    this.#guard.close()
  }

  #isAnswer(data: unknown): boolean {
    return this.#answered.has(data as object)
  }

  /** Sees the transport close, and whether the host wanted that. */
  #watch(transport: Transport): void {
    const { onclose, onerror, onmessage, close } = transport
    const isLinked = '_otherTransport' in transport
    let isFailing = false
    this.#tail = watchStderr(transport.stderr)
    transport.onmessage = (message, extra) => {
      const data = field(field(message, 'error'), 'data')
      if (typeof data === 'object' && data) this.#answered.add(data)
      onmessage?.call(transport, message, extra)
    }
    transport.onclose = () => {
      // In the other stages `connect` is about to fail, with a better error.
      if (this.#stage === 'settling' || this.#stage === 'open')
        (this.#call ?? this.#guard).report(new Error('connection closed'))
      onclose?.call(transport)
    }
    transport.onerror = error => {
      isFailing = true
      queueMicrotask(() => {
        isFailing = false
      })
      onerror?.call(transport, error)
    }
    transport.close = () => {
      // A transport that gives up reports the error first. The peer of an in-memory one closes it with this method.
      if (!isFailing && !isLinked) this.expectClose()
      return close.call(transport)
    }
  }
}

/** Anything that is not an AbortSignal is left for the SDK to refuse, in its own words. */
function signalOf(options: RequestOptions | undefined): AbortSignal | undefined {
  const signal: unknown = options?.signal
  return isSignal(signal) ? signal : undefined
}

import { createGuard, type GuardCall, type GuardOptions, type WedgeGuard } from '../guard/index.ts'
import type { WedgeState } from '../types.ts'
import { stderrTail } from './stderr-tail.ts'

/** What the SDK's transports have. */
export interface Transport {
  onclose?: (() => void) | undefined
  onerror?: ((error: Error) => void) | undefined
  onmessage?: ((message: never, extra?: never) => void) | undefined
  readonly sessionId?: unknown
  readonly stderr?: unknown
  close(): Promise<void>
}

const REQUEST_TIMEOUT = -32001

const field = (value: unknown, name: string): unknown => (value as Record<string, unknown> | null | undefined)?.[name]

/** One connection of a client, with a guard of its own: what an older connection still does concerns nobody. */
export class Connection {
  readonly guard: WedgeGuard
  /**
   * `settling` is from the answer to `initialize` until `connect` settles. Whoever closes the client then is the SDK
   * itself, since `connect` has `failed`.
   */
  stage: 'starting' | 'settling' | 'failed' | 'open' = 'starting'
  /** The `connect` that made this connection; none if the client was guarded when it was connected already. */
  call: GuardCall | undefined
  #tail: () => string = () => ''
  /** The `data` of errors that came over the wire: a server that is a client itself passes its own time-outs on. */
  readonly #answered = new WeakSet<object>()

  constructor(client: { readonly transport?: Transport | undefined }, state: WedgeState, options: GuardOptions) {
    this.guard = createGuard(state, {
      connectDeadlineMs: options.connectDeadlineMs,
      // The SDK's timer is the deadline.
      requestDeadlineMs: Infinity,
      suspectLimit: options.suspectLimit,
      isSuccess: options.isSuccess ?? (result => field(result, 'isError') !== true),
      classify: (error, context) => {
        try {
          const verdict = options.classify?.(error, context)
          if (verdict) return verdict
        } catch {}
        if (context.aborted || context.phase !== 'request') return undefined
        const data = field(error, 'data')
        const isOwn = field(data, 'timeout') !== undefined && !this.#answered.has(data as object)
        if (isOwn && field(error, 'code') === REQUEST_TIMEOUT) return 'suspect'
        const lostSession = field(error, 'code') === 404 && field(error, 'name') !== 'McpError'
        return !client.transport || (lostSession && client.transport.sessionId) ? 'wedge' : undefined
      },
      describe: (error, context) => {
        const tail = this.#tail()
        const reason = tail ? `${context.reason} — stderr: ${tail}` : context.reason
        return options.describe?.(error, { ...context, reason }) || reason
      },
    })
  }

  /** Sees the transport's death, and whether the host wanted it. */
  watch(transport: Transport): void {
    const { onclose, onerror, onmessage, close } = transport
    const linked = '_otherTransport' in transport
    let failing = false
    this.#tail = stderrTail(transport.stderr)
    transport.onmessage = (message, extra) => {
      const data = field(field(message, 'error'), 'data')
      if (typeof data === 'object' && data) this.#answered.add(data)
      onmessage?.call(transport, message, extra)
    }
    transport.onclose = () => {
      // In the other stages `connect` is about to fail, with a better error.
      if (this.stage === 'settling' || this.stage === 'open')
        (this.call ?? this.guard).report(new Error('connection closed'))
      onclose?.call(transport)
    }
    transport.onerror = error => {
      failing = true
      queueMicrotask(() => {
        failing = false
      })
      onerror?.call(transport, error)
    }
    transport.close = () => {
      // A transport that gives itself up tells the error first. The peer of an in-memory one closes it with this method.
      if (!failing && !linked) this.expectClose()
      return close.call(transport)
    }
  }

  expectClose(): void {
    if (this.stage === 'settling') this.stage = 'failed'
    else if (this.stage !== 'failed') this.guard.close()
  }
}

/// <reference lib="esnext.disposable" preserve="true" />
import { inputError } from '../foreign/input-error.ts'
import { MAX_TIMER_MS } from '../foreign/max-timer.ts'
import type { GuardOptions } from '../guard/index.ts'
import { assertGuardOptions } from '../guard/options.ts'
import type { WedgeState } from '../types.ts'
import { Connection } from './mcp/connection.ts'
import type { Client, Methods, RequestOptions } from './mcp/sdk.ts'

/** What the adapter needs of a client of `@modelcontextprotocol/sdk` 1.x. */
export interface McpClient {
  /** The transport while the client is connected. */
  readonly transport?: object | undefined
  /** Starts the transport, and asks the server to initialize. */
  connect(transport: never, options?: never): Promise<void>
  /** Every request passes through here: `callTool`, `ping` and the others use it. */
  request(request: never, resultSchema: never, options?: never): Promise<unknown>
  /** Closes the connection, as the host wants it. */
  close(): Promise<void>
}

/** The guard's options that apply to an MCP client; durations in milliseconds. */
export interface McpGuardOptions extends Omit<GuardOptions, 'firstMessageMs' | 'idleMs'> {
  /**
   * How long the start of the transport may take, and then how long `initialize` may take.
   *
   * @default 120_000
   */
  readonly connectDeadlineMs?: number | undefined
  /**
   * The time-out of each request that is not given one.
   *
   * @default 60_000, as in the SDK
   */
  readonly requestDeadlineMs?: number | undefined
}

/** The guard of a client. */
export interface McpGuard {
  /** Takes the guard off: the client is as it was, the state stays as it is. Idempotent. */
  close(): void
  /** The same as {@link close}. */
  [Symbol.dispose](): void
}

const CONNECT_DEADLINE_MS = 120_000
const REQUEST_DEADLINE_MS = 60_000

/** Where a client's guard is, for every copy of this package. */
const GUARD: unique symbol = Symbol.for('runtime-wedge.mcp')
const METHODS = ['connect', 'request', 'close'] as const

type GuardedClient = Client & { [GUARD]?: McpGuard | undefined }

/**
 * Guards a client of `@modelcontextprotocol/sdk` 1.x in place: the host's calls stay as they are, and get the SDK's own
 * values and errors. A call without a time-out gets the deadline as its time-out in the SDK, which progress starts again.
 * Never restarts anything.
 *
 * A failed or silent `connect`, a connection that closes without the host having closed it, and a lost HTTP session are
 * wedges; a request that times out, or finds no one listening, is a suspect; an answer clears, so ask for one after a
 * restart (`client.ping()`). The last lines of stderr are added to the reason, if the transport has `stderr: 'pipe'`.
 *
 * With the defaults, a server that falls silent is noticed once two requests in a row have waited 60 s each. Over HTTP
 * there is no connection to lose, so a server that is asked nothing is never noticed: ping it. Close an in-memory transport
 * through its client: its own `close()` looks like the peer's.
 *
 * Guarding the same client again closes the former guard.
 *
 * @param client connected or not
 * @param state made by `registry.scope(key)`
 * @param options deadlines in milliseconds, and hooks
 * @returns a handle whose `close()` takes the guard off
 * @throws TypeError if the client, the state or an option is invalid
 */
export function guardMcpClient(client: McpClient, state: WedgeState, options: McpGuardOptions = {}): McpGuard {
  const target = client as unknown as GuardedClient
  for (const name of METHODS) {
    if (typeof target?.[name] !== 'function')
      throw inputError('guardMcpClient(client)', `an MCP client, which has ${name}()`, client, 'Pass a new Client().')
  }
  assertGuardOptions('guardMcpClient', state, options)
  const { connectDeadlineMs = CONNECT_DEADLINE_MS, requestDeadlineMs = REQUEST_DEADLINE_MS } = options

  target[GUARD]?.close()
  const open = (): Connection => new Connection(target, state, { ...options, connectDeadlineMs })
  const { connect, request, close }: Methods = target
  const original: Methods = { connect, request, close }
  let connection = open()

  const guarded: Methods = {
    connect(transport, given) {
      // The SDK refuses, and the current connection is untouched.
      if (target.transport) return connect.call(target, transport, given)
      connection.close()
      connection = open()
      return connection.connect(transport, given, () =>
        connect.call(target, transport, timed(given, connectDeadlineMs)),
      )
    },

    request(message, schema, given) {
      if (message.method === 'initialize' && connection.isStarting)
        return connection.initialize(() => request.call(target, message, schema, given))
      const settings = timed(given, requestDeadlineMs)
      return connection.request(settings, call => {
        const { onprogress } = settings
        const noticed = (progress: unknown): void => {
          call.progress()
          onprogress?.(progress)
        }
        return request.call(target, message, schema, { ...settings, onprogress: onprogress && noticed })
      })
    },

    close() {
      connection.expectClose()
      return close.call(target)
    },
  }

  if (target.transport) connection.adopt(target.transport)
  Object.assign(target, guarded)

  const takeOff = (): void => {
    connection.close()
    restore(target, guarded, original)
  }
  const handle: McpGuard = { close: takeOff, [Symbol.dispose]: takeOff }
  target[GUARD] = handle
  return handle
}

/** A call without a time-out gets the deadline as its time-out in the SDK, which progress starts again. */
function timed(given: RequestOptions | undefined, deadlineMs: number): RequestOptions {
  return {
    ...given,
    timeout: given?.timeout ?? Math.min(deadlineMs, MAX_TIMER_MS),
    resetTimeoutOnProgress: given?.resetTimeoutOnProgress ?? given?.timeout === undefined,
  }
}

/** Puts the client's own methods back, except where someone else has replaced the guard's method since. */
function restore(target: Methods, guarded: Methods, original: Methods): void {
  for (const name of METHODS) {
    if (target[name] !== guarded[name]) continue
    // Without the guard's method, the class's method shows again; if the client had one of its own, it is set.
    Reflect.deleteProperty(target, name)
    if (target[name] !== original[name]) Reflect.set(target, name, original[name])
  }
}

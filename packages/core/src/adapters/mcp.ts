/// <reference lib="esnext.disposable" preserve="true" />
import { createGuard, type GuardOptions } from '../guard/index.ts'
import type { WedgeState } from '../types.ts'
import { Connection, type Transport } from './mcp-connection.ts'

/** What the adapter needs of a client of `@modelcontextprotocol/sdk` 1.x. */
export interface McpClient {
  readonly transport?: object | undefined
  connect(transport: never, options?: never): Promise<void>
  request(request: never, resultSchema: never, options?: never): Promise<unknown>
  close(): Promise<void>
}

export interface McpGuardOptions extends Omit<GuardOptions, 'firstMessageMs' | 'idleMs'> {
  /** How long the start of the transport may take, and `initialize` after it; 120,000 unless told. */
  readonly connectDeadlineMs?: number | undefined
  /** The time-out of each request that names none; 60,000 unless told, as in the SDK. */
  readonly requestDeadlineMs?: number | undefined
}

/** A guarded client. `close()` takes the guard off: the client is as it was, the state stays as it is. Idempotent. */
export interface McpGuard {
  close(): void
  [Symbol.dispose](): void
}

interface RequestOptions {
  readonly timeout?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly resetTimeoutOnProgress?: boolean | undefined
  readonly onprogress?: ((progress: unknown) => void) | undefined
}

interface Methods {
  connect(transport: Transport, options?: RequestOptions): Promise<void>
  request(message: { readonly method: string }, schema: unknown, options?: RequestOptions): Promise<unknown>
  close(): Promise<void>
}

interface Client extends Methods {
  readonly transport?: Transport | undefined
  [GUARD]?: McpGuard | undefined
}

/** On the client, for every copy of this package. */
const GUARD: unique symbol = Symbol.for('runtime-wedge.mcp')
const METHODS = ['connect', 'request', 'close'] as const
/** What `setTimeout` can wait, and so the SDK: a longer delay would fire at once. */
const LONGEST_MS = 2 ** 31 - 1

/** A call that names no time-out gets the deadline as the SDK's own, which progress starts anew. */
const timed = (given: RequestOptions | undefined, deadlineMs: number): RequestOptions => ({
  ...given,
  timeout: given?.timeout ?? Math.min(deadlineMs, LONGEST_MS),
  resetTimeoutOnProgress: given?.resetTimeoutOnProgress ?? given?.timeout === undefined,
})

/**
 * Guards a client of `@modelcontextprotocol/sdk` 1.x in place: the host's calls stay as they are, and get the SDK's own
 * values and errors. A call that names no time-out gets the deadline as the SDK's own, which progress starts anew.
 *
 * A failed or silent `connect`, a connection that closes without the host having closed it, and a lost HTTP session are
 * wedges; a request that times out, or finds nobody listening, is a suspect; an answer clears, after a restart too
 * (`client.ping()`). The last lines of stderr are added to the reason, if the transport pipes them (`stderr: 'pipe'`).
 * Never restarts anything.
 *
 * With the defaults a server that falls silent stays unseen until two requests in a row have waited 60 s each; one that
 * is asked nothing stays unseen over HTTP, where there is no connection to lose: ping it. Close an in-memory transport
 * through its client: its own `close()` looks like the peer's.
 *
 * Guarding the same client again closes the former guard.
 *
 * @throws TypeError for a client that is none, or naming the option that is wrong
 */
export function guardMcpClient(client: McpClient, state: WedgeState, options: McpGuardOptions = {}): McpGuard {
  const target = client as unknown as Client
  for (const name of METHODS)
    if (typeof target?.[name] !== 'function')
      throw new TypeError(`guardMcpClient(client) needs an MCP client, got one without ${name}(). Pass a new Client().`)
  createGuard(state, options) // checks them
  const { connectDeadlineMs = 120_000, requestDeadlineMs = 60_000 } = options
  const open = (): Connection => new Connection(target, state, { ...options, connectDeadlineMs })

  target[GUARD]?.close()
  const { connect, request, close }: Methods = target
  let connection = open()

  const initialize = async (mine: Connection, ...args: Parameters<Methods['request']>): Promise<unknown> => {
    // The SDK's own timer takes over; what comes before and after it has none.
    mine.call?.pause()
    try {
      return await request.apply(target, args)
    } finally {
      mine.stage = 'settling'
      mine.call?.resume()
    }
  }

  const guarded: Methods = {
    connect(transport, given) {
      // The SDK refuses, and the connection in force is untouched.
      if (target.transport) return connect.call(target, transport, given)
      connection.guard.close()
      const mine = open()
      connection = mine
      mine.watch(transport)
      const work = async (call: Connection['call']): Promise<void> => {
        mine.call = call
        try {
          await connect.call(target, transport, timed(given, connectDeadlineMs))
        } finally {
          mine.stage = 'open'
        }
      }
      return mine.guard.connect(work, { signal: given?.signal })
    },

    request(message, schema, given) {
      const mine = connection
      if (message.method === 'initialize' && mine.stage === 'starting') return initialize(mine, message, schema, given)
      const settings = timed(given, requestDeadlineMs)
      return mine.guard.request(
        call => {
          const { onprogress } = settings
          const noticed = (progress: unknown): void => {
            call.progress()
            onprogress?.(progress)
          }
          return request.call(target, message, schema, { ...settings, onprogress: onprogress && noticed })
        },
        { signal: settings.signal },
      )
    },

    close() {
      connection.expectClose()
      return close.call(target)
    },
  }

  if (target.transport) {
    connection.stage = 'open'
    connection.watch(target.transport)
  }
  Object.assign(target, guarded)

  const takeOff = (): void => {
    connection.guard.close()
    for (const [name, method] of Object.entries({ connect, request, close })) {
      if (Reflect.get(target, name) !== Reflect.get(guarded, name)) continue
      Reflect.deleteProperty(target, name)
      if (Reflect.get(target, name) !== method) Reflect.set(target, name, method)
    }
  }
  const handle: McpGuard = { close: takeOff, [Symbol.dispose]: takeOff }
  target[GUARD] = handle
  return handle
}

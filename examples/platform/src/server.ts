import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { createApp } from './app.ts'
import { EventStream } from './event-stream.ts'
import { MemoryStore } from './memory-store.ts'
import { loadPage } from './page.ts'
import { Workspaces } from './workspaces.ts'

export interface PlatformOptions {
  /** The port to listen on; 0 takes any free one. @default 0 */
  readonly port?: number | undefined
  /** The address to listen on. @default '127.0.0.1', this machine alone */
  readonly hostname?: string | undefined
  /** Names by which browsers and hosts reach a platform without a token, beside loopback names and IP addresses. @default [] */
  readonly host?: string | readonly string[] | undefined
  /** The one token that hosts and pages show. @default undefined, none is needed */
  readonly token?: string | undefined
  /** A workspace that sends no heartbeat for so long is offline, in milliseconds. @default 60_000 */
  readonly offlineAfterMs?: number | undefined
  /** A wedge that outlasts its restart by so much is reported, in milliseconds. @default 30_000 */
  readonly restartLimitMs?: number | undefined
  /** How many workspaces are kept; further ones are refused unless one that is offline can be forgotten. @default 10_000 */
  readonly maxWorkspaces?: number | undefined
  /** How often an idle stream shows that it is alive, in milliseconds. @default 10_000 */
  readonly pingMs?: number | undefined
}

export interface Platform {
  /** The base address, without a slash at the end. */
  readonly url: string
  /** Ends every stream and connection. Idempotent; never rejects. */
  close(): Promise<void>
}

/**
 * Starts the platform; resolves when it listens.
 *
 * @throws TypeError or RangeError for a bad option, before anything is opened; Error if it cannot listen
 */
export async function startPlatform({
  port = 0,
  hostname = '127.0.0.1',
  host = [],
  token,
  offlineAfterMs = 60_000,
  restartLimitMs = 30_000,
  pingMs = 10_000,
  maxWorkspaces = 10_000,
}: PlatformOptions = {}): Promise<Platform> {
  if (token?.trim() === '') {
    throw new TypeError('token must not be blank. Leave it out to need none.')
  }
  for (const [name, ms] of Object.entries({ offlineAfterMs, restartLimitMs, pingMs })) {
    if (ms > 0 && ms < 2 ** 31) continue
    throw new RangeError(`${name} must be a number of milliseconds from 1 to ${2 ** 31 - 1}, got ${ms}.`)
  }
  if (!(Number.isInteger(maxWorkspaces) && maxWorkspaces > 0)) {
    throw new RangeError(`maxWorkspaces must be a whole number from 1 up, got ${maxWorkspaces}.`)
  }
  const hosts = [host].flat()
  for (const name of hosts) {
    if (/^[^\s/:]+$/.test(name)) continue
    throw new TypeError(`host must be a name such as "canvas.internal", without "http://" and port, got "${name}".`)
  }

  const events = new EventStream()
  const commands = new EventStream()
  const workspaces = new Workspaces({
    store: new MemoryStore(),
    offlineAfterMs,
    restartLimitMs,
    maxWorkspaces,
    publish: event => events.send(event),
    deliver: (id, command) => commands.send(command, id),
  })
  const app = createApp({ workspaces, page: loadPage(), token, names: [hostname, ...hosts], events, commands })
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, hostname, resolve)
  }).catch((error: unknown) => {
    workspaces.close()
    throw error
  })
  const ping = setInterval(() => {
    const event = { event: 'ping', data: { time: Date.now(), ping_ms: pingMs } }
    events.send(event)
    commands.send(event)
  }, pingMs)

  let closed: Promise<void> | undefined
  return {
    url: urlOf(server.address() as AddressInfo),
    close: () => {
      closed ??= new Promise(resolve => {
        clearInterval(ping)
        workspaces.close()
        events.close()
        commands.close()
        server.close(() => resolve())
        if ('closeAllConnections' in server) server.closeAllConnections()
      })
      return closed
    },
  }
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

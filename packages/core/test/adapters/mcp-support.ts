import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { type WedgeLogger, WedgeRegistry, type WedgeState } from '@runtime-wedge/core'
import { guardMcpClient, type McpGuardOptions } from '@runtime-wedge/core/adapters/mcp'
import { afterEach, vi } from 'vitest'

const silent: WedgeLogger = { error() {}, warn() {}, info() {} }
const server = new URL('./peers/mcp-server.mjs', import.meta.url).pathname
const clients: Client[] = []

export const newState = (): WedgeState => new WedgeRegistry({ logger: silent }).scope('mcp:fs')

export function newClient(): Client {
  const client = new Client({ name: 'host', version: '1' })
  clients.push(client)
  return client
}

export function stdio(start = 'ok', options: { maxBufferSize?: number } = {}): StdioClientTransport {
  return new StdioClientTransport({ command: process.execPath, args: [server, start], stderr: 'pipe', ...options })
}

export function guarded(options: McpGuardOptions = {}) {
  const state = newState()
  const client = newClient()
  return { state, client, guard: guardMcpClient(client, state, options) }
}

/** A guarded client with a live server behind it. */
export async function connected(options: McpGuardOptions = {}, transport = stdio()) {
  const it = guarded(options)
  await it.client.connect(transport)
  return { ...it, transport }
}

/** Connects a client to a server in process. */
export async function serve(client: Client): Promise<Server> {
  const [near, far] = InMemoryTransport.createLinkedPair()
  const server = new Server({ name: 'stub', version: '1' }, { capabilities: { tools: {} } })
  await server.connect(far)
  await client.connect(near)
  return server
}

/** A peer that reads, and never answers. */
export function mute(): Transport {
  const [near, far] = InMemoryTransport.createLinkedPair()
  far.onmessage = () => {}
  return near
}

export const call = (client: Client, name: string, args: Record<string, unknown> = {}, options = {}) =>
  client.callTool({ name, arguments: args }, undefined, options)

/** The error of a promise, watched from now on. */
export const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    value => {
      throw new Error(`resolved with ${JSON.stringify(value)}`)
    },
    (error: unknown) => error,
  )

/** Waits for what a real process does, however slow the machine is. */
export const until = (condition: () => boolean): Promise<unknown> =>
  vi.waitFor(() => condition() || Promise.reject(new Error('not yet')), { timeout: 20_000, interval: 5 })

export function closeClientsAfterEach(): void {
  afterEach(async () => {
    await Promise.all(clients.splice(0).map(client => client.close()))
  })
}

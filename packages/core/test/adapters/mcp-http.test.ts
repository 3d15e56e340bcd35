import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server as HttpServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { afterEach, expect, test } from 'vitest'
import { closeClientsAfterEach, failure, guarded } from './mcp-support.ts'

const servers: HttpServer[] = []
closeClientsAfterEach()
afterEach(async () => {
  for (const server of servers.splice(0)) await stop(server)
})

async function listen(handle: RequestListener, port = 0): Promise<HttpServer> {
  const server = createServer(handle).listen(port, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return server
}

async function stop(server: HttpServer): Promise<void> {
  server.closeAllConnections()
  if (server.listening) await new Promise(resolve => server.close(resolve))
}

const portOf = (server: HttpServer): number => (server.address() as AddressInfo).port
const to = (server: HttpServer): StreamableHTTPClientTransport =>
  new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${portOf(server)}/mcp`))

/** A real MCP server, with sessions unless told; it knows only those that were begun with it. */
function mcp({ stateful = true } = {}): RequestListener {
  const sessions = new Map<string, StreamableHTTPServerTransport>()
  return async (request, response) => {
    const id = request.headers['mcp-session-id']
    const known = typeof id === 'string' ? sessions.get(id) : undefined
    if (id && !known) {
      const body = { jsonrpc: '2.0', error: { code: -32001, message: 'Session not found' }, id: null }
      response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      return
    }
    const transport =
      known ??
      new StreamableHTTPServerTransport({
        ...(stateful && { sessionIdGenerator: randomUUID }),
        onsessioninitialized: begun => {
          sessions.set(begun, transport)
        },
      })
    if (!known) await new Server({ name: 'stub', version: '1' }, { capabilities: {} }).connect(transport as never)
    await transport.handleRequest(request, response)
  }
}

test('a server that goes away makes each request a suspect, whatever fetch calls it', async () => {
  const server = await listen(mcp())
  const { client, state } = guarded()
  await client.connect(to(server) as never)
  await client.ping()
  await stop(server)
  await failure(client.ping())
  expect(state.isWedged()).toBe(false)
  await failure(client.ping())
  expect(state.reason()).toBe('request: fetch failed, 2 in a row — restart mcp:fs')
})

test('a session that the server has forgotten is a wedge; connecting again heals it', async () => {
  let handle = mcp()
  const server = await listen((request, response) => handle(request, response))
  const { client, state } = guarded()
  await client.connect(to(server) as never)
  await client.ping()
  handle = mcp()
  expect(await failure(client.ping())).toMatchObject({ code: 404 })
  expect(state.reason()).toMatch(/^request: Streamable HTTP error: .*Session not found.* — restart mcp:fs$/)
  await client.close()
  await client.connect(to(server) as never)
  await client.ping()
  expect(state.isWedged()).toBe(false)
})

test('a connect that finds no one listening is a wedge', async () => {
  const server = await listen(() => {})
  const transport = to(server)
  await stop(server)
  const { client, state } = guarded()
  await failure(client.connect(transport as never))
  expect(state.reason()).toBe('connect: fetch failed — restart mcp:fs')
})

test("a server that accepts and never answers is a wedge at the deadline, with the SDK's own error", async () => {
  const { client, state } = guarded({ connectDeadlineMs: 200 })
  expect(await failure(client.connect(to(await listen(() => {})) as never))).toMatchObject({ code: -32001 })
  expect(state.isWedged()).toBe(true)
})

test('404 is a lost session only where there is one, and only from the transport', async () => {
  const error = { jsonrpc: '2.0', error: { code: 404, message: 'No such resource' } }
  const answers: [string, number, (id: unknown) => string][] = [
    ['a session, an answer of the server', 200, id => JSON.stringify({ ...error, id })],
    ['no session, a page that is not there', 404, () => 'Not found'],
  ]
  for (const [what, status, body] of answers) {
    let handle = status === 404 ? mcp({ stateful: false }) : mcp()
    const server = await listen((request, response) => handle(request, response))
    const { client, state } = guarded({ suspectLimit: 1 })
    await client.connect(to(server) as never)
    handle = async (request, response) => {
      if (request.method === 'GET') return response.writeHead(405).end()
      const { id } = JSON.parse((await request.toArray()).join('')) as { id: unknown }
      return response.writeHead(status, { 'content-type': 'application/json' }).end(body(id))
    }
    expect(await failure(client.ping()), what).toMatchObject({ code: 404 })
    expect(state.isWedged(), what).toBe(false)
    await client.close()
  }
})

test('a 500 is a sign of life', async () => {
  let handle = mcp()
  const server = await listen((request, response) => handle(request, response))
  const { client, state } = guarded({ suspectLimit: 1 })
  await client.connect(to(server) as never)
  handle = (_, response) => response.writeHead(500).end('overloaded')
  expect(await failure(client.ping())).toMatchObject({ code: 500 })
  expect(state.isWedged()).toBe(false)
})

test('a close that the host wants never marks: while connecting, or with a request in flight', async () => {
  let handle: RequestListener = () => {}
  const server = await listen((request, response) => handle(request, response))
  const { client, state } = guarded({ suspectLimit: 1 })
  const connecting = failure(client.connect(to(server) as never))
  await client.close()
  await connecting

  handle = mcp()
  const transport = to(server)
  await client.connect(transport as never)
  handle = () => {}
  const inFlight = failure(client.ping())
  await transport.close()
  expect(await inFlight).toMatchObject({ code: -32000 })
  expect(state.isWedged()).toBe(false)
})

import { PassThrough } from 'node:stream'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { CallToolRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { guardMcpClient, type McpClient, type McpGuardOptions } from '@runtime-wedge/core/adapters/mcp'
import { describe, expect, test, vi } from 'vitest'
import { useFakeTime } from '../support/fake-time.ts'
import { failure, guarded, newClient, newState } from './mcp-support.ts'

useFakeTime()

async function serve(client: Client): Promise<Server> {
  const [near, far] = InMemoryTransport.createLinkedPair()
  const server = new Server({ name: 'stub', version: '1' }, { capabilities: { tools: {} } })
  await server.connect(far)
  await client.connect(near)
  return server
}

/** A peer that reads, and never answers. */
function mute(): Transport {
  const [near, far] = InMemoryTransport.createLinkedPair()
  far.onmessage = () => {}
  return near
}

describe('in-memory transports', () => {
  test('an answer clears; a close by the host does not mark', async () => {
    const { client, state } = guarded()
    await serve(client)
    state.mark('before')
    await client.ping()
    expect(state.isWedged()).toBe(false)
    await client.close()
    expect(state.isWedged()).toBe(false)
  })

  test('a close by the server is a wedge, a close by the client is not', async () => {
    const { client, state } = guarded()
    const server = await serve(client)
    await server.close()
    expect(state.reason()).toBe('connection closed — restart mcp:fs')
    await serve(client)
    await client.ping()
    await client.close()
    expect(state.isWedged()).toBe(false)
  })

  test('an older transport of the same client no longer counts', async () => {
    const { client, state } = guarded()
    const [near, far] = InMemoryTransport.createLinkedPair()
    const assigned: (() => void)[] = []
    Object.defineProperty(near, 'onclose', { set: f => assigned.push(f), get: () => assigned.at(-1) })
    const server = new Server({ name: 'stub', version: '1' }, { capabilities: {} })
    await server.connect(far)
    await client.connect(near)
    await server.close()
    expect(state.isWedged()).toBe(true)
    await serve(client)
    await client.ping()
    const [watcher] = assigned
    watcher!()
    expect(state.isWedged()).toBe(false)
    await client.close()
  })

  test('silence in connect is a wedge, in requests a suspect', async () => {
    const { client, state } = guarded()
    const connecting = failure(client.connect(mute()))
    await vi.advanceTimersByTimeAsync(119_999)
    expect(state.isWedged()).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await connecting).toMatchObject({ code: -32001, data: { timeout: 120_000 } })
    expect(state.isWedged()).toBe(true)

    const server = await serve(client)
    await client.ping()
    server.transport!.onmessage = () => {}
    for (const wedged of [false, true]) {
      const ping = failure(client.ping())
      await vi.advanceTimersByTimeAsync(60_000)
      expect(await ping).toMatchObject({ data: { timeout: 60_000 } })
      expect(state.isWedged()).toBe(wedged)
    }
    await client.close()
  })

  test('progress starts the deadline again, unless the caller named a time-out without that', async () => {
    const { client, state } = guarded({ requestDeadlineMs: 1_000, suspectLimit: 1 })
    const server = await serve(client)
    server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
      for (let progress = 1; progress <= 5; progress++) {
        await new Promise(resolve => setTimeout(resolve, 900))
        const progressToken = params._meta!.progressToken!
        await server.notification({ method: 'notifications/progress', params: { progressToken, progress } })
      }
      await new Promise(resolve => setTimeout(resolve, 900))
      return { content: [] }
    })
    const seen: unknown[] = []
    const onprogress = ({ progress }: { progress: number }) => seen.push(progress)
    const patient = client.callTool({ name: 'slow' }, undefined, { onprogress })
    await vi.advanceTimersByTimeAsync(6 * 900)
    expect(await patient).toEqual({ content: [] })
    expect(seen).toEqual([1, 2, 3, 4, 5])
    expect(state.isWedged()).toBe(false)
    const strict = failure(client.callTool({ name: 'slow' }, undefined, { onprogress, timeout: 1_000 }))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await strict).toMatchObject({ data: { timeout: 1_000 } })
    await vi.advanceTimersByTimeAsync(5_000)
    await client.close()
  })

  test('a transport that never starts is a wedge at the deadline, where the SDK has none', async () => {
    const { client, state } = guarded({ connectDeadlineMs: 500 })
    const [near] = InMemoryTransport.createLinkedPair()
    near.start = () => new Promise(() => {})
    const connecting = failure(client.connect(near))
    await vi.advanceTimersByTimeAsync(500)
    expect(await connecting).toMatchObject({ name: 'WedgeDeadlineError', phase: 'connect', deadlineMs: 500 })
    expect(state.isWedged()).toBe(true)
    await client.close()
  })

  test("a server that never takes the 'initialized' notification is a wedge at the deadline as well", async () => {
    const { client, state } = guarded({ connectDeadlineMs: 500 })
    const [near, far] = InMemoryTransport.createLinkedPair()
    await new Server({ name: 'stub', version: '1' }, { capabilities: {} }).connect(far)
    const send = near.send.bind(near)
    near.send = message =>
      'method' in message && message.method === 'notifications/initialized' ? new Promise(() => {}) : send(message)
    const connecting = failure(client.connect(near))
    await vi.advanceTimersByTimeAsync(500)
    expect(await connecting).toMatchObject({ name: 'WedgeDeadlineError' })
    expect(state.isWedged()).toBe(true)
    await client.close()
  })

  test("a connect may have a longer time-out of the caller's own", async () => {
    const { client, state } = guarded({ connectDeadlineMs: 500 })
    const connecting = failure(client.connect(mute(), { timeout: 10_000 }))
    await vi.advanceTimersByTimeAsync(9_999)
    expect(state.isWedged()).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await connecting).toMatchObject({ data: { timeout: 10_000 } })
    expect(state.isWedged()).toBe(true)
  })

  test('the end of stderr is shown whatever the transport, text or bytes', async () => {
    const { client, state } = guarded()
    const [near, far] = InMemoryTransport.createLinkedPair()
    const stderr = new PassThrough()
    const server = new Server({ name: 'stub', version: '1' }, { capabilities: {} })
    await server.connect(far)
    await client.connect(Object.assign(near, { stderr }))
    stderr.write('text, ')
    stderr.write(Buffer.from('bytes'))
    await server.close()
    expect(state.reason()).toBe('connection closed — restart mcp:fs — stderr: text, bytes')
  })

  test("the host's own handlers of the transport and the client are still called", async () => {
    const { client, state } = guarded()
    const calls: string[] = []
    const [near, far] = InMemoryTransport.createLinkedPair()
    near.onclose = () => calls.push(`transport closed, wedged: ${state.isWedged()}`)
    near.onerror = error => calls.push(`transport ${error.message}`)
    client.onclose = () => calls.push('client closed')
    client.onerror = error => calls.push(`client ${error.message}`)
    const server = new Server({ name: 'stub', version: '1' }, { capabilities: {} })
    await server.connect(far)
    await client.connect(near)
    near.onerror!(new Error('hiccup'))
    await server.close()
    expect(calls).toEqual(['transport hiccup', 'client hiccup', 'transport closed, wedged: true', 'client closed'])
  })
})

describe('putting the guard on and off', () => {
  test('a client may be connected already', async () => {
    const client = newClient()
    const server = await serve(client)
    const state = newState()
    guardMcpClient(client, state)
    state.mark('before')
    await client.ping()
    expect(state.isWedged()).toBe(false)
    await server.close()
    expect(state.isWedged()).toBe(true)
  })

  test('guarding the same client again closes the former guard', async () => {
    const { client, state: former } = guarded()
    const server = await serve(client)
    const state = newState()
    former.mark('before')
    guardMcpClient(client, state)
    await client.ping()
    await server.close()
    expect(former.reason()).toBe('before')
    expect(former.marks).toBe(1)
    expect(state.marks).toBe(1)
  })

  test('bad options leave the former guard at work', async () => {
    const { client, state } = guarded()
    expect(() => guardMcpClient(client, newState(), { requestDeadlineMs: 0 })).toThrow(
      /^guardMcpClient\(\{ requestDeadlineMs \}\) needs/,
    )
    const bad = { classify: 'wedge' } as unknown as McpGuardOptions
    expect(() => guardMcpClient(client, newState(), bad)).toThrow(/^guardMcpClient\(\{ classify \}\) needs a function/)
    await failure(client.ping())
    expect(state.isWedged()).toBe(true)
  })

  test('close() takes the guard off: the client is as it was', async () => {
    const client = newClient()
    const before = { connect: client.connect, request: client.request, close: client.close, own: Object.keys(client) }
    const state = newState()
    const guard = guardMcpClient(client, state)
    expect(client.request).not.toBe(before.request)
    guard.close()
    guard[Symbol.dispose]()
    expect({ connect: client.connect, request: client.request, close: client.close, own: Object.keys(client) }).toEqual(
      before,
    )
    const server = await serve(client)
    await server.close()
    await failure(client.ping())
    expect(state.isWedged()).toBe(false)
  })

  test("another's instrumentation stays, whether it came before or after", async () => {
    const client = newClient()
    const seen: string[] = []
    const spy = (name: string): void => {
      const request = client.request.bind(client)
      client.request = ((...args: Parameters<typeof request>) => {
        seen.push(name)
        return request(...args)
      }) as typeof request
    }
    spy('before')
    const beforeGuard = client.request
    guardMcpClient(client, newState()).close()
    expect(client.request).toBe(beforeGuard)
    const guard = guardMcpClient(client, newState())
    spy('after')
    guard.close()
    await serve(client)
    seen.length = 0
    await client.ping()
    expect(seen).toEqual(['after', 'before'])
    await client.close()
  })

  test('guarding what is not a client is a TypeError', () => {
    for (const client of [undefined, {}, { connect() {}, request() {} }])
      expect(() => guardMcpClient(client as unknown as McpClient, newState())).toThrow(TypeError)
    expect(() => guardMcpClient({} as McpClient, newState())).toThrow(
      'guardMcpClient(client) needs an MCP client, which has connect(), got an object. Pass a new Client().',
    )
  })

  test("a bad signal of a call gets the SDK's own answer", async () => {
    const signal = { aborted: false } as AbortSignal
    const answers: unknown[] = []
    for (const isGuarded of [false, true]) {
      const client = newClient()
      if (isGuarded) guardMcpClient(client, newState())
      answers.push(await failure(client.connect(mute(), { signal })))
      const connected = newClient()
      if (isGuarded) guardMcpClient(connected, newState())
      await serve(connected)
      answers.push(await failure(connected.ping({ signal })))
      await connected.close()
    }
    expect(answers.slice(2)).toEqual(answers.slice(0, 2))
  })

  test('hooks that throw change nothing that the caller gets', async () => {
    const broken = (): never => {
      throw new Error('bug in the hook')
    }
    const { client, state } = guarded({ classify: broken, describe: broken, isSuccess: broken })
    expect(await failure(client.ping())).toMatchObject({ message: 'Not connected' })
    expect(state.reason()).toBe('request: Not connected — restart mcp:fs')
  })
})

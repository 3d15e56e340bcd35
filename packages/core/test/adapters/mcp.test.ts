import { PassThrough } from 'node:stream'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { CallToolRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, test, vi } from 'vitest'
import { useFakeTime } from '../support/fake-time.ts'
import { failure, guarded, mute, serve } from './mcp-support.ts'

useFakeTime()

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

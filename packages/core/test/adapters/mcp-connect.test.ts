import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { McpError } from '@modelcontextprotocol/sdk/types.js'
import { guardMcpClient } from '@runtime-wedge/core/adapters/mcp'
import { describe, expect, test } from 'vitest'
import { call, closeClientsAfterEach, connected, failure, guarded, newClient, stdio, until } from './mcp-support.ts'

closeClientsAfterEach()

describe('connect', () => {
  test("without an answer to initialize is a wedge at the deadline, with the SDK's own error", async () => {
    const { client, state } = guarded({ connectDeadlineMs: 300 })
    const error = await failure(client.connect(stdio('silent')))
    expect(error).toBeInstanceOf(McpError)
    expect(error).toMatchObject({ code: -32001, data: { timeout: 300 } })
    expect(state.reason()).toMatch(/^connect: MCP error -32001: Request timed out — restart mcp:fs/)
    expect(state.cause).toBe(error)
  })

  test('to a server that dies at its start is a wedge that shows the end of its stderr', async () => {
    const { client, state } = guarded()
    const error = await failure(client.connect(stdio('crash')))
    expect(error).toMatchObject({ code: -32000 })
    expect(client.transport).toBeUndefined()
    expect(state.reason()).toMatch(
      /^connect: MCP error -32000: Connection closed — restart mcp:fs — stderr: .*Error: no such table: users$/,
    )
  })

  test.each(['ENOENT', 'EACCES'])('to a command that cannot be spawned (%s) is a wedge', async code => {
    const folder = await mkdtemp(join(tmpdir(), 'runtime-wedge-'))
    const command = join(folder, 'server')
    if (code === 'EACCES') {
      await writeFile(command, '')
      await chmod(command, 0o600)
    }
    const { client, state } = guarded()
    const error = await failure(client.connect(new StdioClientTransport({ command })))
    await rm(folder, { recursive: true })
    expect(error).toMatchObject({ code })
    expect(state.reason()).toBe(`connect: ${(error as Error).message} — restart mcp:fs`)
  })

  test.each([
    ['error', { code: -32000, message: 'MCP error -32000: Server busy' }],
    ['version', { message: "Server's protocol version is not supported: 1999-01-01" }],
  ])('whose initialize is refused (%s) is a wedge, though the SDK closes the client itself', async (start, error) => {
    const { client, state } = guarded()
    expect(await failure(client.connect(stdio(start)))).toMatchObject(error)
    expect(state.reason()).toBe(`connect: ${error.message} — restart mcp:fs`)
    await until(() => client.transport === undefined)
    expect(state.marks).toBe(1)
  })

  test.each(['the caller gives up', 'the host closes the client', 'the host closes the transport'])(
    'says nothing when %s, before and after initialize was sent',
    async how => {
      const { client, state } = guarded()
      for (const sent of [false, true]) {
        const caller = new AbortController()
        const transport = stdio('silent')
        const connecting = failure(client.connect(transport, { signal: caller.signal }))
        if (sent) await once(transport.stderr as Readable, 'data')
        if (how === 'the caller gives up') caller.abort()
        else await (how === 'the host closes the client' ? client : transport).close()
        await connecting
        await until(() => client.transport === undefined)
        expect(state.isWedged()).toBe(false)
      }
    },
  )

  test('does not clear; an answer does: ping() after a restart', async () => {
    const { client, state } = guarded()
    state.mark('broken')
    await client.connect(stdio())
    expect(state.isWedged()).toBe(true)
    await client.ping()
    expect(state.isWedged()).toBe(false)
  })

  test('to a second transport is refused by the SDK; the connection stays guarded', async () => {
    const { client, state } = await connected()
    expect(await failure(client.connect(stdio()))).toMatchObject({ message: /Already connected/ })
    expect(state.isWedged()).toBe(false)
    await failure(call(client, 'die'))
    expect(state.isWedged()).toBe(true)
  })

  test('a request without a connection is a wedge', async () => {
    const { client, state } = guarded()
    expect(await failure(client.ping())).toMatchObject({ message: 'Not connected' })
    expect(state.reason()).toBe('request: Not connected — restart mcp:fs')
  })
})

describe('death', () => {
  test('with no request in flight is a wedge, seen as it happens', async () => {
    const { client, state, transport } = await connected()
    const wedged = new Promise(resolve => state.on('change', resolve))
    await client.notification({ method: 'notifications/initialized' })
    process.kill(transport.pid!, 'SIGKILL')
    await wedged
    expect(state.reason()).toBe('connection closed — restart mcp:fs')
    expect(await failure(client.ping())).toMatchObject({ message: 'Not connected' })
    expect(state.marks).toBe(2)
  })

  test("with requests in flight is one wedge, with the end of stderr on one line; each caller gets the SDK's error", async () => {
    const { client, state } = await connected()
    const errors = [
      failure(call(client, 'silent')),
      failure(call(client, 'die', { stderr: 'disk\u001b full\n  at line 3\n' })),
    ]
    for (const error of errors) expect(await error).toMatchObject({ code: -32000 })
    expect(state.reason()).toBe('connection closed — restart mcp:fs — stderr: disk\u001b full')
    await client.connect(stdio())
    await client.ping()
    expect(state.isWedged()).toBe(false)
  })

  test('a host that listens to stderr later still gets all of it', async () => {
    const { client, transport } = await connected()
    await failure(call(client, 'die', { stderr: 'é'.repeat(3_000) }))
    const chunks: Buffer[] = []
    for await (const chunk of transport.stderr as Readable) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks).toString()).toBe('é'.repeat(3_000))
  })

  test('a transport that gives itself up has not been closed by the host', async () => {
    const { client, state } = await connected({}, stdio('ok', { maxBufferSize: 10_000 }))
    await failure(call(client, 'flood'))
    expect(state.reason()).toBe('connection closed — restart mcp:fs')
  })
})

describe('a close that the host wants never marks', () => {
  test.each(['client', 'transport'] as const)(
    '%s.close(), with a request in flight, and whatever comes after',
    async which => {
      const { client, state, transport } = await connected()
      const inFlight = failure(call(client, 'silent'))
      await (which === 'client' ? client : transport).close()
      expect(await inFlight).toMatchObject({ code: -32000 })
      expect(await failure(client.ping())).toMatchObject({ message: 'Not connected' })
      expect(state.isWedged()).toBe(false)
    },
  )

  test('an error that the transport got over does not make a later close a death', async () => {
    const { client, state, transport } = await connected()
    transport.onerror!(new Error('hiccup'))
    await client.ping()
    await transport.close()
    expect(state.isWedged()).toBe(false)
  })

  test('an old process that ends late, behind a grandchild, does not touch its successor', async () => {
    const { client: old, state, transport } = await connected({ suspectLimit: 1 })
    let gone = false
    const onclose = transport.onclose!
    transport.onclose = () => {
      onclose()
      gone = true
    }
    const late = failure(call(old, 'die-behind-a-grandchild', {}, { timeout: 100 }))
    await late
    expect(state.isWedged()).toBe(true)
    old.close()
    const client = newClient()
    guardMcpClient(client, state)
    await client.connect(stdio())
    await client.ping()
    expect(state.isWedged()).toBe(false)
    await until(() => gone)
    expect(state.isWedged()).toBe(false)
  })
})

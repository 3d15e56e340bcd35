import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { McpError } from '@modelcontextprotocol/sdk/types.js'
import { guardMcpClient } from '@runtime-wedge/core/adapters/mcp'
import { describe, expect, test } from 'vitest'
import {
  call,
  closeClientsAfterEach,
  connected,
  failure,
  guarded,
  newClient,
  newState,
  stdio,
  until,
} from './mcp-support.ts'

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

describe('requests', () => {
  test('one time-out is a suspect, two in a row are a wedge, an answer clears', async () => {
    const { client, state } = await connected({ requestDeadlineMs: 50 })
    const echo = () => call(client, 'echo', {}, { timeout: 20_000 })
    expect(await failure(call(client, 'silent'))).toMatchObject({ code: -32001, data: { timeout: 50 } })
    await echo()
    await failure(call(client, 'silent'))
    expect(state.isWedged()).toBe(false)
    await failure(call(client, 'silent'))
    expect(state.reason()).toBe('request: MCP error -32001: Request timed out, 2 in a row — restart mcp:fs')
    await echo()
    expect(state.isWedged()).toBe(false)
  })

  test('a time-out that the caller names stays, and is the same suspect', async () => {
    const { client, state } = await connected({ suspectLimit: 1, requestDeadlineMs: 20_000 })
    expect(await failure(call(client, 'silent', {}, { timeout: 50 }))).toMatchObject({ data: { timeout: 50 } })
    expect(state.isWedged()).toBe(true)
  })

  test("the time-out is the SDK's default, or what the options say; Infinity is the longest that a timer can wait", async () => {
    const seen: unknown[] = []
    const client = newClient()
    const request = client.request.bind(client)
    client.request = ((...args: Parameters<typeof request>) => {
      seen.push(args[2]?.timeout)
      return request(...args)
    }) as typeof request
    const state = newState()
    guardMcpClient(client, state)
    await client.connect(stdio())
    await client.ping()
    guardMcpClient(client, state, { requestDeadlineMs: Infinity })
    await client.ping()
    expect(seen).toEqual([120_000, 60_000, 2 ** 31 - 1])
  })

  test("the server's own answers that look like the SDK's errors, and any other, are signs of life", async () => {
    const { client, state } = await connected()
    const answers: [number, string, object?][] = [
      [-32001, 'Request timed out'],
      [-32001, 'Request timed out', { timeout: 60_000 }],
      [-32000, 'Connection closed'],
      [-32603, 'Internal error'],
      [-32601, 'Method not found'],
      [404, 'No such resource'],
    ]
    for (const [code, message, data] of answers) {
      state.mark('broken')
      expect(await failure(call(client, 'rpc-error', { code, message, data }))).toMatchObject({ code })
      expect(state.marks, `${code} neither marks nor clears`).toBe(1)
      state.clear()
      await failure(call(client, 'silent', {}, { timeout: 20 }))
      await failure(call(client, 'rpc-error', { code, message, data }))
      await failure(call(client, 'silent', {}, { timeout: 20 }))
      expect(state.isWedged(), `${code} resets the count`).toBe(false)
      await failure(call(client, 'rpc-error', { code, message, data }))
    }
  })

  test('a tool result that is an error is a sign of life, and no success', async () => {
    const { client, state } = await connected()
    state.mark('broken')
    expect(await call(client, 'tool-error')).toMatchObject({ isError: true })
    expect(state.isWedged()).toBe(true)
    const own = guardMcpClient(client, state, { isSuccess: () => true })
    await call(client, 'tool-error')
    expect(state.isWedged()).toBe(false)
    own.close()
  })

  test("a caller's abort says nothing, before and during", async () => {
    const { client, state } = await connected({ suspectLimit: 1 })
    expect(await failure(call(client, 'echo', {}, { signal: AbortSignal.abort('too late') }))).toBe('too late')
    const caller = new AbortController()
    const aborted = failure(call(client, 'silent', {}, { signal: caller.signal }))
    caller.abort()
    expect(await aborted).toMatchObject({ code: -32001, data: undefined })
    expect(state.isWedged()).toBe(false)
    await client.close()
    const unconnected = guarded()
    await failure(unconnected.client.ping({ signal: AbortSignal.abort() }))
    expect(unconnected.state.isWedged()).toBe(false)
  })

  test("a caller's abort between two time-outs does not reset the count", async () => {
    const { client, state } = await connected()
    await failure(call(client, 'silent', {}, { timeout: 20 }))
    const caller = new AbortController()
    const aborted = failure(call(client, 'silent', {}, { signal: caller.signal }))
    caller.abort()
    await aborted
    await failure(call(client, 'silent', {}, { timeout: 20 }))
    expect(state.isWedged()).toBe(true)
  })

  test('progress reaches the caller, and is a sign of life', async () => {
    const { client, state } = await connected()
    await failure(call(client, 'silent', {}, { timeout: 20 }))
    const seen: unknown[] = []
    const came = new Promise(resolve => {
      const onprogress = ({ progress }: { progress: number }): void => {
        seen.push(progress)
        if (progress === 3) resolve(undefined)
      }
      call(client, 'progress', { times: 3, everyMs: 10, answers: false }, { onprogress }).catch(() => {})
    })
    await came
    expect(seen).toEqual([1, 2, 3])
    await failure(call(client, 'silent', {}, { timeout: 20 }))
    expect(state.isWedged()).toBe(false)
  })

  test("the host's classify and describe go first", async () => {
    const { client, state } = await connected({
      classify: error => ((error as McpError).code === -32050 ? 'wedge' : undefined),
      describe: (_, { reason }) => `${reason}, then log in again`,
    })
    await failure(call(client, 'rpc-error', { code: -32050, message: 'token revoked' }))
    expect(state.reason()).toBe('request: MCP error -32050: token revoked — restart mcp:fs, then log in again')
  })
})

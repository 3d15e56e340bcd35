import type { McpError } from '@modelcontextprotocol/sdk/types.js'
import { guardMcpClient } from '@runtime-wedge/core/adapters/mcp'
import { describe, expect, test } from 'vitest'
import { call, closeClientsAfterEach, connected, failure, guarded, newClient, newState, stdio } from './mcp-support.ts'

closeClientsAfterEach()

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

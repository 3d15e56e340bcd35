import { guardMcpClient, type McpClient, type McpGuardOptions } from '@runtime-wedge/core/adapters/mcp'
import { describe, expect, test } from 'vitest'
import { useFakeTime } from '../support/fake-time.ts'
import { failure, guarded, mute, newClient, newState, serve } from './mcp-support.ts'

useFakeTime()

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

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { guardClaude } from '@runtime-wedge/core/adapters/claude-agent'
import { guardMcpClient } from '@runtime-wedge/core/adapters/mcp'
import type { WedgeGuard } from '@runtime-wedge/core/guard'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { init, Prompts, readAll, scriptedSdk } from '../adapters/claude-support.ts'
import { newState, setUp, silence } from './support.ts'

// All time stands still: nothing but promises can bring an event.
beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const promises = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await undefined
}

const events = (state: ReturnType<typeof newState>): string[] => {
  const seen: string[] = []
  state.on('change', ({ type }) => seen.push(type))
  return seen
}

async function* speechless(): AsyncGenerator<string, void> {
  yield 'hello'
  await silence()
}

describe('a deadline that passes is an event in the same turn of the event loop, and nothing polls until then', () => {
  test.each<[string, number, (guard: WedgeGuard) => Promise<unknown>]>([
    ['connect', 1_000, guard => guard.connect(silence)],
    ['request', 500, guard => guard.request(silence)],
    ['first message', 800, guard => guard.stream(() => ({ [Symbol.asyncIterator]: () => ({ next: silence }) })).next()],
    [
      'idle',
      300,
      async guard => {
        for await (const _ of guard.stream(speechless));
      },
    ],
  ])('%s', async (_, deadlineMs, act) => {
    const { state, guard } = setUp({ suspectLimit: 1 })
    const seen = events(state)
    act(guard).catch(() => {})
    await promises()
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(deadlineMs - 1)
    expect(seen).toEqual([])
    vi.advanceTimersByTime(1)
    expect(seen).toEqual(['wedged'])
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a death that is seen is an event in the same turn of the event loop', () => {
  test('when it is reported', () => {
    const { state, guard } = setUp()
    const seen = events(state)
    guard.report(new Error('exited'))
    expect(seen).toEqual(['wedged'])
  })

  test('of an MCP server with nothing in flight, without a timer that could find it', async () => {
    const state = newState()
    const seen = events(state)
    const client = new Client({ name: 'host', version: '1' })
    guardMcpClient(client, state)
    const [near, far] = InMemoryTransport.createLinkedPair()
    await new Server({ name: 'stub', version: '1' }, { capabilities: {} }).connect(far)
    await client.connect(near)
    expect(vi.getTimerCount()).toBe(0)
    void far.close()
    await promises()
    expect(seen).toEqual(['wedged'])
  })

  test('of Claude Code in a turn, and between two', async () => {
    for (const answers of [true, false]) {
      const state = newState()
      const seen = events(state)
      const prompts = new Prompts()
      const query = guardClaude(scriptedSdk, state).query({ prompt: prompts })
      readAll(query as AsyncIterable<never>).catch(() => {})
      prompts.push()
      await promises()
      query.tell(init, ...(answers ? [{ type: 'result', subtype: 'success', is_error: false, num_turns: 1 }] : []))
      await promises()
      expect(seen).toEqual([])
      query.tell(new Error('Claude Code process exited with code 1'))
      await promises()
      expect(seen).toEqual(['wedged'])
      expect(vi.getTimerCount()).toBe(0)
    }
  })
})

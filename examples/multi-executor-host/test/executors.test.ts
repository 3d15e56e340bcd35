import { fileURLToPath } from 'node:url'
import { test } from '@runtime-wedge/testing/vitest'
import { afterEach, describe, expect, vi } from 'vitest'
import type { Executor } from '../src/executor.ts'
import { LegacyExecutor } from '../src/legacy-executor.ts'
import { McpExecutor } from '../src/mcp-executor.ts'

const stub = fileURLToPath(new URL('../stubs/mcp-server.mjs', import.meta.url))
const running: Executor[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map(executor => executor.stop()))
})

const kept = <E extends Executor>(executor: E): E => {
  running.push(executor)
  return executor
}

describe('an MCP server', () => {
  test('that dies while idle is a wedge, whose reason holds its last words; a successor that answers clears it', async ({
    registry,
  }) => {
    const state = registry.scope('mcp:files')
    const faults = [['dies', '1']]
    const executor = kept(
      new McpExecutor({
        state,
        command: () => [process.execPath, stub, 'files', ...(faults.shift() ?? [])],
        connectDeadlineMs: 30_000,
        requestDeadlineMs: 30_000,
      }),
    )
    await executor.start()
    expect(await executor.ask('hello')).toBe('files: hello')
    await vi.waitFor(() => expect(state).toBeWedged(/connection closed.*database disk image is malformed/), 10_000)

    await executor.stop()
    await expect(executor.ask('hello')).rejects.toThrow('mcp:files is not running')
    await executor.start()
    expect(state).toBeWedged() // it has started, which proves nothing
    await executor.ask('hello')
    expect(state).not.toBeWedged()
  }, 30_000)

  test('that falls silent is a wedge after two requests in a row without an answer', async ({ registry }) => {
    const state = registry.scope('mcp:search')
    const executor = kept(
      new McpExecutor({
        state,
        command: () => [process.execPath, stub, 'search', 'silent', '1'],
        connectDeadlineMs: 30_000,
        requestDeadlineMs: 1_000,
      }),
    )
    await executor.start()
    await executor.ask('hello')
    await expect(executor.ask('hello')).rejects.toThrow('Request timed out')
    expect(state).not.toBeWedged()
    await expect(executor.ask('hello')).rejects.toThrow('Request timed out')
    expect(state).toBeWedged(/timed out.*restart mcp:search/)
  }, 30_000)

  test('that the host stops is not a wedge, neither during its start nor during a request', async ({ registry }) => {
    const state = registry.scope('mcp:search')
    const after = ['0', '1']
    const executor = kept(
      new McpExecutor({
        state,
        command: () => [process.execPath, stub, 'search', 'silent', after.shift()!],
        connectDeadlineMs: 30_000,
        requestDeadlineMs: 30_000,
      }),
    )
    const start = executor.start()
    await Promise.all([expect(start).rejects.toThrow(), executor.stop()])

    await executor.start()
    await executor.ask('hello') // its last answer
    await Promise.all([expect(executor.ask('hello')).rejects.toThrow(), executor.stop()])
    expect(state).not.toBeWedged()
  }, 30_000)

  test('that cannot be started is a wedge', async ({ registry }) => {
    const state = registry.scope('mcp:none')
    const executor = kept(
      new McpExecutor({
        state,
        command: () => ['no-such-command-anywhere'],
        connectDeadlineMs: 30_000,
        requestDeadlineMs: 30_000,
      }),
    )
    await expect(executor.start()).rejects.toThrow('ENOENT')
    expect(state).toBeWedged(/ENOENT/)
  })
})

test('the legacy adapter marks and clears its own scope, and no other', async ({ registry }) => {
  const neighbour = registry.scope('mcp:files')
  neighbour.mark('connection closed')
  const agents = [{ silentAfter: 0, initTimeoutMs: 50 }, {}]
  const executor = kept(new LegacyExecutor({ registry, scope: 'hermes:legacy', hermes: () => agents.shift() ?? {} }))
  await executor.start()
  await expect(executor.ask('hello')).rejects.toThrow('Control request timeout: initialize')
  expect(registry.scope('hermes:legacy')).toBeWedged(/^hermes init timeout/)

  await executor.stop()
  await executor.start()
  expect(await executor.ask('hello')).toBe('hermes: hello')
  expect(registry.scope('hermes:legacy')).not.toBeWedged()
  expect(neighbour).toBeWedged('connection closed')
}, 30_000)

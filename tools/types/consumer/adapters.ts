// No SDK is installed here: clients of the same shape must do.
import { defaultRegistry } from '@runtime-wedge/core'
import {
  type ClaudeGuardOptions,
  type ClaudeQueryOptions,
  type ClaudeSdk,
  type GuardedClaude,
  type GuardedClaudeQuery,
  guardClaude,
  guardClaudeQuery,
} from '@runtime-wedge/core/adapters/claude-agent'
import { guardMcpClient, type McpClient, type McpGuard, type McpGuardOptions } from '@runtime-wedge/core/adapters/mcp'

const state = defaultRegistry().scope('claude:1')

interface Query extends AsyncGenerator<{ readonly type: string }, void> {
  interrupt(): Promise<void>
}
declare const sdk: {
  query(params: { prompt: string; options?: { cwd?: string } }): Query
  startup(params?: { options?: { cwd?: string } }): Promise<{ query(prompt: string): Query }>
  readonly version: string
}
const fits: ClaudeSdk = sdk
const claudeOptions: ClaudeGuardOptions = { connectDeadlineMs: 120_000, firstMessageMs: undefined, idleMs: 300_000 }
const claude: GuardedClaude<typeof sdk> = guardClaude(sdk, state, claudeOptions)
export const older: ClaudeSdk = guardClaude({ query: sdk.query }, state)
export async function ask(): Promise<void> {
  const query: Query = claude.query({ prompt: 'hello', options: { cwd: '.' } })
  const warm: Query = (await claude.startup()).query('hello')
  for await (const { type } of query) console.log(type.trim(), warm, fits)
  await query.interrupt()
  const queryOptions: ClaudeQueryOptions = { signal: new AbortController().signal, idleMs: 1_000 }
  const guarded: GuardedClaudeQuery<Query> = guardClaudeQuery(query, state, queryOptions)
  guarded.close()
  claude.close()
  claude[Symbol.dispose]()
}

declare class Client {
  readonly transport?: { start(): Promise<void> } | undefined
  connect(transport: { start(): Promise<void> }, options?: { timeout?: number }): Promise<void>
  request<T>(
    request: { method: string },
    schema: { parse(value: unknown): T },
    options?: { timeout?: number },
  ): Promise<T>
  close(): Promise<void>
}
const client: McpClient = new Client()
const mcpOptions: McpGuardOptions = { connectDeadlineMs: 60_000, requestDeadlineMs: undefined, suspectLimit: 1 }
const mcp: McpGuard = guardMcpClient(client, state, mcpOptions)
guardMcpClient(new Client(), state)
mcp.close()
mcp[Symbol.dispose]()

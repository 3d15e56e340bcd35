import type { Readable } from 'node:stream'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import type { WedgeState } from '@runtime-wedge/core'
import { guardMcpClient, type McpGuard } from '@runtime-wedge/core/adapters/mcp'
import type { Executor } from './executor.ts'
import { killTree } from './kill-tree.ts'

export interface McpExecutorOptions {
  readonly state: WedgeState
  /** Returns the server's command line. Called at each start. */
  readonly command: () => readonly [command: string, ...args: string[]]
  readonly connectDeadlineMs: number
  readonly requestDeadlineMs: number
}

interface Connection {
  readonly client: Client
  readonly transport: StdioClientTransport
  readonly guard: McpGuard
}

/** A client of an MCP server over stdio. */
export class McpExecutor implements Executor {
  readonly scope: string
  readonly #options: McpExecutorOptions
  #connection: Connection | undefined
  /** The client, once it is connected. */
  #client: Client | undefined

  constructor(options: McpExecutorOptions) {
    this.scope = options.state.scope
    this.#options = options
  }

  async start(): Promise<void> {
    const { state, command, connectDeadlineMs, requestDeadlineMs } = this.#options
    const [file, ...args] = command()
    const client = new Client({ name: 'multi-executor-host', version: '1.0.0' })
    const transport = new StdioClientTransport({ command: file, args, stderr: 'pipe' })
    ;(transport.stderr as Readable | null)?.resume() // unread, it would fill up and stop the server
    const guard = guardMcpClient(client, state, { connectDeadlineMs, requestDeadlineMs })
    this.#connection = { client, transport, guard }
    await client.connect(transport)
    this.#client = client
  }

  async ask(question: string): Promise<string> {
    if (this.#client === undefined) throw new Error(`${this.scope} is not running`)
    const answer = await this.#client.callTool({ name: 'ask', arguments: { question } })
    const { content } = answer as CallToolResult
    return content.map(part => (part.type === 'text' ? part.text : `[${part.type}]`)).join('\n')
  }

  async stop(): Promise<void> {
    if (this.#connection === undefined) return
    const { client, transport, guard } = this.#connection
    this.#connection = undefined
    this.#client = undefined
    guard.close() // first: from here on the end is expected
    if (transport.pid !== null) killTree(transport.pid)
    await client.close().catch(() => {})
  }
}

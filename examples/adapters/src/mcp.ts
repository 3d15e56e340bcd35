import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import type { WedgeState } from '@runtime-wedge/core'
import { guardMcpClient } from '@runtime-wedge/core/adapters/mcp'
import type { Executor } from './scene.ts'

const stub = fileURLToPath(new URL('../stubs/mcp-server.mjs', import.meta.url))

/** A client of an MCP server. Without a guard, each request waits for the SDK's 60 s, and no one is told. */
export async function startMcp(answers: number, state?: WedgeState): Promise<Executor> {
  const client = new Client({ name: 'host', version: '1.0.0' })
  // The only line that the guard needs. In production leave both options out.
  if (state) guardMcpClient(client, state, { requestDeadlineMs: 1_000, suspectLimit: 1 })
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [stub, String(answers)] }))
  return {
    async ask(path) {
      const { content } = await client.callTool({ name: 'read', arguments: { path } })
      return (content as { text: string }[])[0]?.text ?? ''
    },
    stop: () => client.close(),
  }
}

// A stub of an MCP server: the SDK's own server over stdio, with one tool. `mcp-server.mjs 1` answers one call. Then it is
// silent, but stays alive. It ends when its stdin ends.
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { CallToolRequestSchema } from '@modelcontextprotocol/sdk/types.js'

let answers = Number(process.argv[2])
const server = new Server({ name: 'files', version: '1.0.0' }, { capabilities: { tools: {} } })

server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
  if (answers-- <= 0) return new Promise(() => {})
  return { content: [{ type: 'text', text: `files: ${params.arguments?.path}` }] }
})
await server.connect(new StdioServerTransport())

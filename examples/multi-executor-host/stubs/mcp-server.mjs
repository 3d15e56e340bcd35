// A stub of an MCP server: the SDK's real server over stdio, with one tool. `mcp-server.mjs search` always answers,
// `mcp-server.mjs search silent 3` falls silent after three answers but stays alive, `mcp-server.mjs files dies 3` exits while idle
// after three answers, and `dies 0` does not even start. It ends when its stdin ends.
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'

const [name, fault, after] = process.argv.slice(2)
let answers = fault === undefined ? Number.POSITIVE_INFINITY : Number(after)

const transport = new StdioServerTransport()
const server = new Server({ name, version: '1.0.0' }, { capabilities: { tools: {} } })

server.setRequestHandler(ListToolsRequestSchema, () => ({
  tools: [{ name: 'ask', inputSchema: { type: 'object', properties: { question: { type: 'string' } } } }],
}))

server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
  if (--answers === 0) setImmediate(fail) // after the answer is written
  return { content: [{ type: 'text', text: `${name}: ${params.arguments?.question}` }] }
})

function fail() {
  if (fault === 'silent') {
    transport.onmessage = () => {}
  } else {
    process.stderr.write('database disk image is malformed\n')
    process.exit(1)
  }
}

await server.connect(transport)
if (answers === 0) fail()

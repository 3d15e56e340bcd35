// A stub of an MCP server: the SDK's real server over stdio, with one tool that answers. `mcp-server.mjs search` is well,
// `mcp-server.mjs search silent 3` stops reading after three answers, alive but deaf; `mcp-server.mjs files dies 3` exits
// after three answers, when nobody has asked it anything; `dies 0` does not even start. It ends with its host's stdin.
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
  if (--answers === 0) setImmediate(fail) // when the answer is out
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

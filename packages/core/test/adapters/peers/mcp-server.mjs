// A server that speaks MCP over stdio and misbehaves on demand: `initialize` by the first argument, requests by the
// name of the tool that is called. Bare JSON-RPC, since a server built on the SDK cannot answer wrongly.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const start = process.argv[2] ?? 'ok'
const send = message => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const text = value => ({ content: [{ type: 'text', text: value }] })

const starts = {
  ok: ({ id, params }) =>
    send({
      id,
      result: {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'stub', version: '1' },
      },
    }),
  silent: () => process.stderr.write('initialize came'),
  error: ({ id }) => send({ id, error: { code: -32000, message: 'Server busy' } }),
  version: ({ id }) =>
    send({
      id,
      result: { protocolVersion: '1999-01-01', capabilities: {}, serverInfo: { name: 'stub', version: '1' } },
    }),
}

const tools = {
  echo: ({ id }) => send({ id, result: text('pong') }),
  silent: () => {},
  'tool-error': ({ id }) => send({ id, result: { isError: true, ...text('no such file') } }),
  'rpc-error': ({ id, params }) => send({ id, error: params.arguments }),
  progress: async ({ id, params }) => {
    const { times, everyMs, answers = true } = params.arguments
    for (let progress = 1; progress <= times; progress++) {
      await new Promise(resolve => setTimeout(resolve, everyMs))
      send({ method: 'notifications/progress', params: { progressToken: params._meta.progressToken, progress } })
    }
    // Apart from the last notification: the SDK drops one that comes in the same piece as the answer.
    await new Promise(resolve => setTimeout(resolve, everyMs))
    if (answers) send({ id, result: text('done') })
  },
  die: ({ params }) => {
    if (params?.arguments?.stderr) process.stderr.write(params.arguments.stderr)
    process.exit(1)
  },
  'die-behind-a-grandchild': () => {
    // It holds stdout open, so that the host sees the end of the connection only when it goes too.
    spawn(process.execPath, ['-e', 'setTimeout(() => {}, 300)'], { stdio: ['ignore', 'inherit', 'ignore'] }).unref()
    process.exit(1)
  },
  flood: () => process.stdout.write('x'.repeat(200_000)),
}

if (start === 'crash') throw new Error('no such table: users')

createInterface({ input: process.stdin }).on('line', line => {
  const message = JSON.parse(line)
  if (message.method === 'initialize') starts[start](message)
  else if (message.method === 'ping') send({ id: message.id, result: {} })
  else if (message.method === 'tools/call') tools[message.params.name](message)
  else if (message.id !== undefined) send({ id: message.id, error: { code: -32601, message: 'Method not found' } })
})

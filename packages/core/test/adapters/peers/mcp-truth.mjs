// An MCP server over stdio for the truth table: what it makes of `initialize` is its first argument, of a tool call the
// tool's name, of a notification its `kind`. Late is 700 ms.
import { createInterface } from 'node:readline'

const send = message => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

const acts = {
  answer: (id, result) => send({ id, result }),
  async 'late answer'(id, result) {
    await sleep(700)
    send({ id, result })
  },
  // Those of a live server look like the SDK's own.
  error: id => send({ id, error: { code: -32001, message: 'Request timed out' } }),
  silence() {},
  death: () => process.exit(1),
}

const unasked = {
  answer: () => send({ method: 'notifications/message', params: { level: 'info', data: 'hello' } }),
  error: () => process.stdout.write('no JSON\n'),
  death: () => process.exit(1),
}

const handlers = {
  initialize: ({ id, params: { protocolVersion } }) => {
    process.stderr.write('initialize came')
    acts[process.argv[2]](id, {
      protocolVersion,
      capabilities: { tools: {}, logging: {} },
      serverInfo: { name: 'stub', version: '1' },
    })
  },
  async 'tools/call'({ id, params }) {
    const progressToken = params._meta?.progressToken
    for (let progress = 1; progressToken !== undefined && progress <= 2; progress++) {
      send({ method: 'notifications/progress', params: { progressToken, progress } })
      await sleep(20)
    }
    acts[params.name](id, { content: [{ type: 'text', text: 'pong' }] })
  },
  'notifications/act': ({ params }) => unasked[params.kind](),
}

createInterface({ input: process.stdin }).on('line', line => {
  const message = JSON.parse(line)
  handlers[message.method]?.(message)
})

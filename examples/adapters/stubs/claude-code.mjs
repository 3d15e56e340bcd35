// A stub of Claude Code: speaks its stream-json and control protocol on stdio and answers STUB_ANSWERS prompts. Then it is
// silent, but stays alive. It ends when its stdin ends.
import { createInterface } from 'node:readline'

let answers = Number(process.env.STUB_ANSWERS)
const send = message => process.stdout.write(`${JSON.stringify(message)}\n`)

createInterface(process.stdin).on('line', line => {
  const { type, request_id, request, message } = JSON.parse(line)
  if (type === 'control_request') {
    const response = request.subtype === 'initialize' ? { commands: [], models: [], agents: [], account: {} } : {}
    send({ type: 'control_response', response: { subtype: 'success', request_id, response } })
  } else if (type === 'user' && answers-- > 0) {
    const question = typeof message.content === 'string' ? message.content : message.content[0].text
    send({ type: 'system', subtype: 'init' })
    send({ type: 'result', subtype: 'success', is_error: false, num_turns: 1, result: `claude: ${question}` })
  }
})

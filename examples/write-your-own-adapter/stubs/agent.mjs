// A stub of a command-line agent: lines of JSON on stdio. The first word of a prompt says what it does.
import { createInterface } from 'node:readline'

let isCorrupt = false

const acts = {
  die: () => process.exit(1),
  sleep: () => {},
  refuse: id => ({ id, error: { code: 'RATE_LIMIT', message: 'rate limit exceeded' } }),
  shrug: id => ({ id, text: '' }),
  corrupt() {
    isCorrupt = true
  },
}

createInterface(process.stdin).on('line', line => {
  const { id, prompt } = JSON.parse(line)
  const act = acts[prompt?.split(' ')[0]] ?? (() => ({ id, text: `agent: ${prompt ?? 'ready'}` }))
  const done = act(id)
  const reply = isCorrupt ? { id, error: { code: 'SESSION_CORRUPT', message: 'session is corrupt' } } : done
  if (reply) process.stdout.write(`${JSON.stringify(reply)}\n`)
})

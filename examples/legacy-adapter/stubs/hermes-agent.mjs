// A stub of a command-line agent: lines of JSON on stdio. `hermes-agent.mjs 3` falls silent after three prompts and stays
// alive, as real agents do. It ends when its stdin ends.
import { createInterface } from 'node:readline'

let prompts = Number(process.argv[2] ?? Number.POSITIVE_INFINITY)

createInterface(process.stdin).on('line', line => {
  const { id, method, params } = JSON.parse(line)
  if (prompts <= 0) return
  if (params === 'die') process.exit(1)
  if (method === 'prompt') prompts--
  const reply = params === 'too much' ? { error: 'rate limit exceeded' } : { result: `hermes: ${params}` }
  process.stdout.write(`${JSON.stringify({ id, ...reply })}\n`)
})

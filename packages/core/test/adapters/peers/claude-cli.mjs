// A stand-in for Claude Code: speaks its stream-json and control protocol on stdin and stdout, and does what the plan in
// CLAUDE_STUB says: `{ start, turns }`, the steps
// before it answers `initialize`, and those for each prompt that it reads (the last list again for each further one).
import { closeSync } from 'node:fs'
import { createInterface } from 'node:readline'

const host = process.ppid
const plan = JSON.parse(process.env.CLAUDE_STUB ?? '{}')
const answers = new Map()
const turns = [...(plan.turns ?? [])]
let hooks
let refusal
let work = Promise.resolve()

/** The host says that it has read what stderr had: an exit is often quicker. */
const heard = new Promise(resolve => process.once('SIGUSR2', resolve))
const send = message => process.stdout.write(`${JSON.stringify(message)}\n`)
const flushed = stream => new Promise(resolve => stream.write('', resolve))

const steps = {
  send,
  async stderr(text) {
    process.stderr.write(`${text} pid ${process.pid}`)
    // Nothing else keeps it alive where the prompt has ended.
    const waiting = setInterval(() => {}, 1_000)
    await heard
    clearInterval(waiting)
  },
  refuse(error) {
    refusal = error
  },
  pid: () => process.stderr.write(String(process.pid)),
  sleep: ms => new Promise(resolve => setTimeout(resolve, ms)),
  request: request =>
    new Promise(resolve => {
      const request_id = `r${answers.size + 1}`
      answers.set(request_id, resolve)
      send({ type: 'control_request', request_id, request })
    }),
  hook: event =>
    steps.request({ subtype: 'hook_callback', callback_id: hooks[event][0].hookCallbackIds[0], input: {} }),
  /** Deaf to all but the end of its host, which it must not outlive. */
  silence: () => new Promise(() => setInterval(() => process.ppid === host || process.exit(), 500)),
  async exit(code) {
    await Promise.all([flushed(process.stdout), flushed(process.stderr)])
    process.exit(code)
  },
  async kill(signal) {
    await flushed(process.stdout)
    process.kill(process.pid, signal)
    await steps.silence()
  },
  // destroy() alone leaves the descriptor of a standard stream open.
  closeStdin() {
    process.stdin.destroy()
    closeSync(0)
  },
}

const run = list => {
  work = work.then(async () => {
    for (const [name, argument] of list) await steps[name](argument)
  })
}

const respond = (request_id, response) => {
  const outcome = refusal ? { subtype: 'error', error: refusal } : { subtype: 'success', response }
  send({ type: 'control_response', response: { ...outcome, request_id } })
}

const input = createInterface({ input: process.stdin })
input.on('line', line => {
  const { type, request_id, request, response } = JSON.parse(line)
  if (type === 'control_response') answers.get(response.request_id)?.()
  else if (type === 'user') run(turns.length > 1 ? turns.shift() : (turns[0] ?? []))
  else if (request?.subtype === 'initialize') {
    hooks = request.hooks
    run(plan.start ?? [])
    work = work.then(() => respond(request_id, { commands: [], models: [], agents: [], account: {} }))
  } else if (type === 'control_request') respond(request_id, {})
})
process.stdin.on('end', () => {
  work.then(() => process.exit(0))
})

import { parseArgs } from 'node:util'
import { runDemo } from './demo.ts'
import { type TimelineEntry, toJson, toText } from './timeline.ts'

const usage = `Usage: demo [--json] [--serve [--port 8787]]
  --json   prints a line of JSON for each event
  --serve  prints the page's address and runs until Ctrl-C, with executors that wedge and recover now and then`

const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      serve: { type: 'boolean', default: false },
      port: { type: 'string', default: '0' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const { json, serve, port } = values
  const stop = new AbortController()
  let code: number | undefined
  for (const [signal, interrupted] of Object.entries(signals)) {
    process.once(signal, () => {
      code = serve ? 0 : interrupted
      stop.abort()
    })
  }
  process.stdout.on('error', () => stop.abort()) // no one reads it any more

  const colour = process.stdout.isTTY && process.stdout.hasColors()
  const format = json ? toJson : (entry: TimelineEntry) => toText(entry, colour)
  const print = (entry: TimelineEntry): void => void process.stdout.write(`${format(entry)}\n`)
  const passed = await runDemo({ serve, port: Number(port), print, signal: stop.signal })
  return code ?? (passed ? 0 : 1)
}

main().then(
  code => {
    process.exitCode = code
  },
  (error: Error) => {
    console.error(`${error.message}\n\n${usage}`)
    process.exitCode = 1
  },
)

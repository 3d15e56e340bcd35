// Measures the time from `mark()` in a host to the platform's broadcast: two processes, real HTTP on loopback. Both ends are
// measured by the host's clock, so the time includes the way of the broadcast back to the host.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { WedgeRegistry } from '@runtime-wedge/core'
import { startHeartbeat } from '@runtime-wedge/core/heartbeat'

const RUNS = 5
const MARKS = 200
const WARM_UP = 50

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const platform = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
const [greeting] = await once(platform.stdout.setEncoding('utf8'), 'data')
const url = /http:\S+/.exec(greeting)[0]

/** For each type of broadcast, what waits for it. */
const waiting = new Map()
const broadcast = type => new Promise(resolve => waiting.set(type, resolve))
const page = new AbortController()
const response = await fetch(`${url}/events`, { signal: page.signal })
const reading = (async () => {
  let text = ''
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const now = performance.now()
    const frames = (text + chunk).split('\n\n')
    text = frames.pop()
    for (const frame of frames) waiting.get(/^event: (.*)$/m.exec(frame)?.[1])?.(now)
  }
})().catch(() => {})

const registry = new WedgeRegistry({ logger: { error() {}, warn() {}, info() {} } })
const state = registry.scope('bench:1')
const online = broadcast('WORKSPACE_ONLINE')
const heartbeat = startHeartbeat({ registry, url, workspaceId: 'bench' })
await online

async function measure(marks) {
  const times = []
  for (let mark = 0; mark < marks; mark++) {
    const degraded = broadcast('WORKSPACE_DEGRADED')
    const began = performance.now()
    state.mark('no answer to initialize: restart it')
    times.push((await degraded) - began)
    const recovered = broadcast('WORKSPACE_ONLINE')
    state.clear()
    await recovered
  }
  return times.sort((a, b) => a - b)
}

const at = (sorted, share) => sorted[Math.ceil(share * sorted.length) - 1]
const ms = time => `${time.toFixed(2)} ms`

await measure(WARM_UP)
const all = []
for (let run = 1; run <= RUNS; run++) {
  const times = await measure(MARKS)
  all.push(...times)
  console.log(`run ${run}: ${MARKS} marks, median ${ms(at(times, 0.5))}, p99 ${ms(at(times, 0.99))}`)
}
all.sort((a, b) => a - b)
console.log(`all: median ${ms(at(all, 0.5))}, p99 ${ms(at(all, 0.99))}, worst ${ms(at(all, 1))}`)

await heartbeat.stop()
page.abort()
await reading
platform.disconnect()

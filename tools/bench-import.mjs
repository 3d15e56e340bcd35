// How long `import '@runtime-wedge/core'` takes in a fresh process, beyond eventemitter3, which is loaded before it.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const RUNS = 31
const BAR_MS = 3

const core = new URL('../packages/core/dist/index.js', import.meta.url)
const script = `
  await import('eventemitter3')
  const began = performance.now()
  await import('${core}')
  process.stdout.write(String(performance.now() - began))`

function importMs() {
  // The folder is where eventemitter3 resolves from.
  const cwd = fileURLToPath(new URL('../packages/core', import.meta.url))
  return Number(execFileSync(process.execPath, ['--input-type=module', '--eval', script], { cwd, encoding: 'utf8' }))
}

importMs() // the first one finds cold files
const sorted = Array.from({ length: RUNS }, importMs).sort((a, b) => a - b)
const [least, median, most] = [sorted[0], sorted[RUNS >> 1], sorted[RUNS - 1]]
console.log(`@runtime-wedge/core beyond eventemitter3, ${RUNS} fresh processes of Node ${process.version}:`)
const ms = value => `${value.toFixed(2)} ms`
console.log(`median ${ms(median)}, least ${ms(least)}, most ${ms(most)}; the bar is a median of at most ${BAR_MS} ms.`)
process.exitCode = median > BAR_MS ? 1 : 0

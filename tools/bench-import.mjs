// How long `import '@runtime-wedge/core'` takes in a host's fresh process, beyond eventemitter3, which is loaded before it.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { link, pack, publicPackages, ROOT, unpack, withSandbox } from './pack.mjs'

const CORE = '@runtime-wedge/core'
const RUNS = 31
const BAR_MS = 3
const HOST = `
  await import('eventemitter3')
  const began = performance.now()
  await import('${CORE}')
  const ms = performance.now() - began
  process.stdout.write(String(ms))`

await withSandbox(sandbox => {
  const file = join(sandbox, 'host.mjs')
  writeFileSync(file, HOST)
  unpack(pack(publicPackages().get(CORE), join(sandbox, 'tarballs')), sandbox, CORE)
  link(sandbox, join(ROOT, 'packages/core'), 'eventemitter3')
  const importMs = () => Number(execFileSync(process.execPath, [file], { encoding: 'utf8' }))

  importMs() // The first one finds cold files.
  const sorted = Array.from({ length: RUNS }, importMs).sort((a, b) => a - b)
  const [least, median, most] = [sorted[0], sorted[RUNS >> 1], sorted[RUNS - 1]].map(ms => ms.toFixed(2))
  console.log(`${CORE} beyond eventemitter3, ${RUNS} fresh processes of Node ${process.version}:`)
  console.log(`median ${median} ms, least ${least} ms, most ${most} ms; the bar is a median of at most ${BAR_MS} ms.`)
  process.exitCode = median > BAR_MS ? 1 : 0
})

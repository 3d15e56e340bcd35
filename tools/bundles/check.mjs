// Bundles a small host with the packed core, runs each bundle, and fails unless it logs its wedge as one line.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { link, pack, publicPackages, ROOT, unpack, withSandbox } from '../pack.mjs'
import { BUNDLES } from './bundlers.mjs'

const CORE = '@runtime-wedge/core'
const REASON = 'gone: restart it'

/** A bundle in a folder where no package resolves. */
function runInNode(file) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 60_000 })
  return { crash: status === 0 ? undefined : `exit ${status}`, stdout, stderr }
}

/** A context with a console, and nothing else of Node. */
function runInBrowser(file) {
  const written = { log: '', error: '' }
  const write = level => text => {
    written[level] += `${text}\n`
  }
  const context = createContext({ console: { log: write('log'), error: write('error'), info: write('error') } })
  try {
    runInContext(readFileSync(file, 'utf8'), context)
    return { stdout: written.log, stderr: written.error }
  } catch (error) {
    return { crash: String(error), stdout: written.log, stderr: written.error }
  }
}

function fault({ crash, stdout, stderr }) {
  if (crash) return `${crash}: ${stderr.trim().split('\n').slice(0, 12).join('\n')}`
  if (stdout.trim() !== REASON) return `it printed ${JSON.stringify(stdout)}`
  const lines = stderr.trim().split('\n')
  if (lines.length !== 1) return `its log has ${lines.length} lines: ${stderr}`
  try {
    const { level, scope, reason } = JSON.parse(lines[0])
    if (level === 50 && scope === 'claude:1' && reason === REASON) return undefined
  } catch {}
  return `its log line is ${lines[0]}`
}

async function check({ file, runsIn, write }, entry, folder) {
  try {
    const messages = await write(entry, join(folder, file))
    if (messages.length > 0) return `the bundler warns: ${messages.join('\n')}`
    return fault((runsIn === 'node' ? runInNode : runInBrowser)(join(folder, file)))
  } catch (error) {
    return String(error)
  }
}

await withSandbox(async sandbox => {
  const host = join(sandbox, 'host')
  const entry = join(host, 'host.mjs')
  mkdirSync(host)
  unpack(pack(publicPackages().get(CORE), join(sandbox, 'tarballs')), host, CORE)
  link(host, join(ROOT, 'packages/core'), 'eventemitter3', 'pino')
  copyFileSync(fileURLToPath(new URL('host.mjs', import.meta.url)), entry)

  for (const [index, bundle] of BUNDLES.entries()) {
    const found = await check(bundle, entry, join(sandbox, 'bundles', String(index)))
    console.log(`${bundle.name.padEnd(20)} ${found === undefined ? 'ok' : `FAILS: ${found}`}`)
    if (found !== undefined) process.exitCode = 1
  }
})

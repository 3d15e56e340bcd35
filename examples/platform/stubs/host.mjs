// The example's host in a process of its own: node host.mjs <platform url> <workspace id> <faults of each scope, as JSON>
// Its executors are real processes, and only the operator restarts them. It ends with the process that forked it.
import { WedgeRegistry } from '@runtime-wedge/core'
import { startHeartbeat } from '@runtime-wedge/core/heartbeat'
import { followCommands } from '../../multi-executor-host/dist/commands.js'
import { Host } from '../../multi-executor-host/dist/host.js'
import { createExecutors } from '../../multi-executor-host/dist/scenario.js'

const [url, workspaceId, script] = process.argv.slice(2)
const faults = JSON.parse(script)
const logger = { error() {}, warn() {}, info() {} }
const registry = new WedgeRegistry({ logger })
const host = new Host({
  registry,
  executors: createExecutors(registry, scope => faults[scope]?.shift()),
  askEveryMs: 100,
  restart: { baseMs: 600_000, proofMs: 10_000 },
  onEvent: () => {},
})
startHeartbeat({ registry, url, workspaceId, scopes: true, intervalMs: 300, timeoutMs: 1_000, logger })
followCommands({ url, workspaceId, signal: new AbortController().signal, onRestart: scope => host.restart(scope) })
process.once('disconnect', () => host.stop().then(() => process.exit()))
await host.start()

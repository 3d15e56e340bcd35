import { WedgeRegistry } from '@runtime-wedge/core'
import { startHeartbeat } from '@runtime-wedge/core/heartbeat'

/** A host that wedges and clears one executor on its parent's command, and answers when it did. Ends with its parent. */
const [url = ''] = process.argv.slice(2)
const logger = { error() {}, warn() {}, info() {} }
const registry = new WedgeRegistry({ logger })
for (const scope of ['claude:1', 'mcp:search', 'hermes:legacy']) registry.scope(scope)
const state = registry.scope('mcp:files')
startHeartbeat({ registry, url, workspaceId: 'latency', scopes: true, logger })

process.on('message', (command: 'mark' | 'clear') => {
  const at = Date.now()
  if (command === 'mark') state.mark('connection closed — restart mcp:files')
  else state.clear()
  process.send?.(at)
})
process.once('disconnect', () => process.exit())

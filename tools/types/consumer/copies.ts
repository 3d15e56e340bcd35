// Two installs of core in one process: what one copy's functions take, the other copy's objects must be.
import type { WedgeReader, WedgeState } from '@runtime-wedge/core'
import { createGuard } from '@runtime-wedge/core/guard'
import { runtimeStateFields, startHeartbeat } from '@runtime-wedge/core/heartbeat'
import { captureLogs, recordChanges, resetForTest } from '@runtime-wedge/testing'
import { defaultRegistry, WedgeRegistry } from 'another-core'
import { guardMcpClient, type McpClient } from 'another-core/adapters/mcp'

const other = new WedgeRegistry<'claude:1' | 'mcp:fs'>()
const state: WedgeState<'claude:1' | 'mcp:fs'> = other.scope('claude:1')
export const readers: WedgeReader[] = [other, state, defaultRegistry()]

startHeartbeat({ url: 'http://127.0.0.1:8080', workspaceId: 'w1', registry: other, logger: other.logger })
startHeartbeat({ url: 'http://127.0.0.1:8080', workspaceId: 'w1', registry: defaultRegistry() })
runtimeStateFields(other)
createGuard(other.scope('mcp:fs'), { requestDeadlineMs: 1_000 })
resetForTest(other)
captureLogs(other).restore()
export const scopes: ('claude:1' | 'mcp:fs' | 'default')[] = recordChanges(other).events.map(({ scope }) => scope)

export function guard(client: McpClient, own: WedgeState): void {
  guardMcpClient(client, own).close()
}

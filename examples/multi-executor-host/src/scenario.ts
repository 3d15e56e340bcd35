import { fileURLToPath } from 'node:url'
import type { WedgeRegistry } from '@runtime-wedge/core'
import type { Executor } from './executor.ts'
import { LegacyExecutor } from './legacy-executor.ts'
import { McpExecutor } from './mcp-executor.ts'

/** How a stub fails, and after how many answers. */
interface Fault {
  readonly kind: 'silent' | 'dies'
  readonly after: number
}

/** How the next process of a scope will fail; `undefined` if it will not. */
export type NextFault = (scope: string) => Fault | undefined

const stub = fileURLToPath(new URL('../stubs/mcp-server.mjs', import.meta.url))

/** Two MCP servers and the legacy adapter's agent fail; a third MCP server never does. */
export const FAULTY = ['mcp:search', 'mcp:files', 'hermes:legacy'] as const
export const HEALTHY = 'mcp:calendar'
/** The operator of the demo restarts this one before the host does. */
export const CLICKED = 'hermes:legacy'

export function createExecutors(registry: WedgeRegistry, nextFault: NextFault): Executor[] {
  const mcp = (scope: string): Executor =>
    new McpExecutor({
      state: registry.scope(scope),
      command: () => {
        const fault = nextFault(scope)
        const args = fault === undefined ? [] : [fault.kind, String(fault.after)]
        return [process.execPath, stub, scope.slice('mcp:'.length), ...args]
      },
      connectDeadlineMs: 10_000,
      requestDeadlineMs: 1_000,
    })
  const legacy = new LegacyExecutor({
    registry,
    scope: 'hermes:legacy',
    hermes: () => ({ initTimeoutMs: 1_200, silentAfter: nextFault('hermes:legacy')?.after }),
  })
  return [mcp('mcp:search'), mcp('mcp:files'), legacy, mcp(HEALTHY)]
}

/** The faults of the demo: each faulty executor fails once, and the first restart of one of them fails too. */
export function scriptedFaults(): NextFault {
  const script: Record<string, Fault[]> = {
    'mcp:search': [{ kind: 'silent', after: 2 }],
    'mcp:files': [
      { kind: 'dies', after: 10 },
      { kind: 'dies', after: 0 },
    ],
    'hermes:legacy': [{ kind: 'silent', after: 13 }],
  }
  return scope => script[scope]?.shift()
}

/** Faults now and then, forever; the first within seconds. */
export function randomFaults(): NextFault {
  let next = 3
  return scope => {
    if (scope === HEALTHY) return undefined
    const after = next
    next = 8 + Math.floor(Math.random() * 40)
    if (scope === 'mcp:files') return { kind: 'dies', after: Math.random() < 0.2 ? 0 : after }
    return { kind: 'silent', after }
  }
}

import type { WedgeRegistry } from '@runtime-wedge/core'
import { startHeartbeat } from '@runtime-wedge/core/heartbeat'
import { followCommands } from './commands.ts'

export interface PlatformLinkOptions {
  readonly registry: WedgeRegistry
  /** The platform's base address. */
  readonly url: string
  readonly workspaceId: string
  /** The platform's token, if it needs one. */
  readonly token?: string | undefined
  /** Called with the scope that the operator wants to restart. */
  readonly onRestart: (scope: string) => void
}

export interface PlatformLink {
  /** Sends a last heartbeat and disconnects from the platform. Idempotent; never rejects. */
  close(): Promise<void>
}

/** Connects a host to its platform: heartbeats out, the operator's restart commands in. */
export function linkToPlatform({ registry, url, workspaceId, token, onRestart }: PlatformLinkOptions): PlatformLink {
  const end = new AbortController()
  const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` }
  const heartbeat = startHeartbeat({
    registry,
    url,
    workspaceId,
    headers,
    scopes: true,
    intervalMs: 10_000,
    timeoutMs: 2_000,
  })
  const commands = followCommands({ url, workspaceId, headers, signal: end.signal, onRestart })
  return {
    close: async () => {
      end.abort()
      await Promise.all([heartbeat.stop(), commands])
    },
  }
}

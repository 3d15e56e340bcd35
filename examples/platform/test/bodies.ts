import type { Heartbeat, WedgedScope } from '../src/heartbeat.ts'

/** A healthy body as a host sends it. */
export function healthy(fields: Partial<Heartbeat> = {}): Partial<Heartbeat> & { workspace_id: string } {
  return {
    workspace_id: 'ws',
    error_rate: 0,
    sample_error: '',
    active_tasks: 0,
    current_task: '',
    uptime_seconds: 60,
    ...fields,
  }
}

/** A wedged body: `wedged(['mcp:fs', 'connection closed'], ...)`, primary first. */
export function wedged(...wedges: [scope: string, reason: string, since?: number][]): ReturnType<typeof healthy> {
  const wedged_scopes: WedgedScope[] = wedges.map(([scope, reason, since = 1_000]) => ({ scope, reason, since }))
  const sample_error = wedges[0]?.[1] ?? ''
  return healthy({ runtime_state: 'wedged', sample_error, wedged_count: wedges.length, wedged_scopes })
}

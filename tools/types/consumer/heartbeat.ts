import { WedgeRegistry } from '@runtime-wedge/core'
import {
  type Heartbeat,
  type HeartbeatAnswer,
  type HeartbeatFetch,
  type HeartbeatHeaders,
  type HeartbeatOptions,
  type HeartbeatRegistry,
  type HeartbeatState,
  type HeartbeatStats,
  type Redact,
  type RuntimeStateFields,
  type RuntimeStateFieldsOptions,
  runtimeStateFields,
  startHeartbeat,
} from '@runtime-wedge/core/heartbeat'

const registry = new WedgeRegistry<'claude:1'>()
const redact: Redact = text => text.replace(/key=\w+/g, 'key=…')
const fieldsOptions: RuntimeStateFieldsOptions = { redact }
const fields: RuntimeStateFields = runtimeStateFields(registry, fieldsOptions)
export const body: { id: string; runtime_state?: 'wedged'; sample_error?: string } = { id: 'w1', ...fields }
export const ofOne: RuntimeStateFields = runtimeStateFields(registry.scope('claude:1'))

const stats = (): HeartbeatStats => ({ error_rate: 0, sample_error: '', active_tasks: 1, current_task: undefined })
const headers: HeartbeatHeaders[] = [{ authorization: 'Bearer t' }, [['a', 'b']], new Map([['a', 'b']]), new Headers()]
const transport: HeartbeatFetch = (url, init) => fetch(url, init)
const observed: HeartbeatRegistry = registry
export const shown: HeartbeatState[] = [...observed]
export const answer = async (): Promise<HeartbeatAnswer | null> => (await fetch('http://127.0.0.1:8080')).body
const options: HeartbeatOptions = {
  url: new URL('http://127.0.0.1:8080'),
  workspaceId: 'w1',
  registry: observed,
  intervalMs: 30_000,
  timeoutMs: 10_000,
  headers: async () => headers[0]!,
  stats,
  scopes: true,
  redact,
  fetch: transport,
  logger: registry.logger,
  signal: new AbortController().signal,
}
const heartbeat: Heartbeat = startHeartbeat(options)
export const ended: Promise<void> = heartbeat.stop()
export const plain: Heartbeat = startHeartbeat({
  url: 'http://127.0.0.1:8080',
  workspaceId: 'w1',
  registry: undefined,
  headers: undefined,
  fetch,
  signal: undefined,
})

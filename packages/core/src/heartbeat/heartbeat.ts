import { defaultRegistry } from '../default.ts'
import { isAborted, onAbort } from '../foreign/abort-signal.ts'
import { heartbeatBody } from './body.ts'
import { cleaner } from './clean.ts'
import { startDeadline } from './deadline.ts'
import { instanceId } from './instance-id.ts'
import { checkOptions, endpoint, type HeartbeatOptions } from './options.ts'
import { Schedule } from './schedule.ts'
import { Sender } from './sender.ts'
import { type ReadStats, readStats } from './stats.ts'
import { Troubles } from './troubles.ts'

/** A running heartbeat. */
export interface Heartbeat {
  /**
   * Ends the heartbeat: waits for a send in flight, then makes one last try, which says `leaving: true`, all within
   * `timeoutMs`. Idempotent; never rejects.
   *
   * @returns the same promise each time
   */
  stop(): Promise<void>
}

/**
 * Reports the state of this process to a platform: posts a beat to `<url>/registry/heartbeat` now, after each transition of
 * the registry (the first at once, then at most ten per second), and every `intervalMs`. Sends never overlap: what happens
 * during one goes with the next, and a failed one is retried with backoff, always with the state of that moment. Once it
 * runs it never throws or rejects, and a scheduled beat never keeps the process alive.
 *
 * @param options where to send to, and what
 * @returns the running heartbeat
 * @throws TypeError that names the invalid option
 * @example
 * ```ts
 * import { startHeartbeat } from '@runtime-wedge/core/heartbeat'
 *
 * const heartbeat = startHeartbeat({ url: 'http://127.0.0.1:8080', workspaceId: 'w1' })
 * process.once('SIGTERM', () => heartbeat.stop())
 * ```
 */
export function startHeartbeat(options: HeartbeatOptions): Heartbeat {
  checkOptions(options)
  const { registry = defaultRegistry(), workspaceId, intervalMs = 30_000, timeoutMs = 10_000 } = options
  const { headers = {}, stats, scopes = false, redact, fetch, logger, signal } = options
  const url = endpoint(options.url)
  const startedAt = performance.now()
  const troubles = new Troubles(url, () => logger ?? registry.logger)
  const clean = cleaner(redact, error => troubles.begin('redact', error))
  const shown = scopes ? { registry, instanceId: instanceId() } : undefined

  const currentStats = (): ReadStats => {
    try {
      const current = readStats(stats)
      troubles.end('stats')
      return current
    } catch (error) {
      troubles.begin('stats', error)
      return readStats()
    }
  }
  const sender = new Sender({ url, headers, fetch, timeoutMs, clean, troubles })
  const send = ({ leaving = false } = {}): Promise<number> =>
    sender.send(() => {
      const stats = currentStats()
      const snapshot = registry.snapshot()
      schedule.bodyMade()
      const uptimeSeconds = Math.floor((performance.now() - startedAt) / 1_000)
      return heartbeatBody({ workspaceId, uptimeSeconds, stats, snapshot, shown, leaving }, clean)
    })
  const schedule = new Schedule(intervalMs, send)

  const finish = async (): Promise<void> => {
    endAll(subscriptions)
    let isOver = false
    const expire = (): void => {
      isOver = true
      sender.expire()
    }
    // Limits the last try; a send in flight has its own deadline, which is earlier. The process waits for this one.
    const endDeadline = startDeadline(timeoutMs, expire, { keepsAlive: true })
    await schedule.end()
    if (!isOver) await send({ leaving: true })
    endDeadline()
    sender.close()
  }
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopped ??= finish()
    return stopped
  }

  if (isAborted(signal)) return { stop: () => (stopped ??= Promise.resolve()) }
  const wake = (): void => schedule.wake()
  const subscriptions: (() => void)[] = [registry.on('change', wake)]
  try {
    if (scopes) subscriptions.push(registry.on('scopes', wake))
  } catch (error) {
    endAll(subscriptions)
    throw error
  }
  subscriptions.push(onAbort(signal, stop))
  schedule.beat()
  return { stop }
}

/** Never throws: a registry that was handed in may be foreign code. */
function endAll(subscriptions: readonly (() => void)[]): void {
  for (const end of subscriptions) {
    try {
      end()
    } catch {
      // It stays, and wakes a heartbeat that has ended.
    }
  }
}

import { defaultRegistry } from '../default.ts'
import { heartbeatBody } from './body.ts'
import { cleaner } from './clean.ts'
import { hush } from './hush.ts'
import { checkOptions, endpoint, type HeartbeatOptions } from './options.ts'
import { post } from './post.ts'
import { type ReadStats, readStats } from './stats.ts'

/** A heartbeat that runs. */
export interface Heartbeat {
  /**
   * Ends the heartbeat: waits for a send in flight, makes one last try, all within `timeoutMs`. Idempotent.
   *
   * @returns the same promise each time; it never rejects
   */
  stop(): Promise<void>
}

/** The first retry waits for this long at most, and so does a transition while the link is down. */
const RETRY_MS = 500

/**
 * Tells a platform how this process is: posts a beat to `<url>/registry/heartbeat` now, after each transition of the
 * registry, and every `intervalMs`. Sends never overlap: what happens during one goes with the next, and a failed one is
 * retried with backoff, always with the state of that moment. Never throws once it runs, never rejects, and never keeps
 * the process alive by a scheduled beat.
 *
 * @throws TypeError for an option that is wrong
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

  let flight: Promise<void> | undefined
  let sending: AbortController | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped: Promise<void> | undefined
  let failures = 0
  /** Whether anything happened, since the last try began or its body was made, that the next body would show. */
  let moved = false

  /** What is wrong now; each trouble is told when it begins, not at every beat. */
  const troubles = new Set<string>()
  const log = (level: 'warn' | 'info', fields: object, message: string): void => {
    try {
      hush((logger ?? registry.logger)[level](fields, message))
    } catch {}
  }
  const warn = (trouble: string, err: unknown, message: string): void => {
    if (troubles.has(trouble)) return
    troubles.add(trouble)
    log('warn', { err, url }, message)
  }
  const clean = cleaner(redact, error => warn('redact', error, 'heartbeat withholds texts: redact failed'))

  const currentStats = (): ReadStats => {
    try {
      const read = readStats(stats)
      troubles.delete('stats')
      return read
    } catch (error) {
      warn('stats', error, 'heartbeat goes without stats: stats failed')
      return readStats()
    }
  }

  const body = (): string => {
    const stats = currentStats()
    const snapshot = registry.snapshot()
    moved = false
    const uptimeSeconds = Math.floor((performance.now() - startedAt) / 1_000)
    return heartbeatBody({ workspaceId, uptimeSeconds, stats, snapshot, shown: scopes && registry }, clean)
  }

  const expire = (): void => sending?.abort(new Error(`no answer within ${timeoutMs} ms`))

  /** One send, ended by the deadline whatever `headers` and `fetch` do. Never rejects. */
  const send = async (): Promise<void> => {
    sending = new AbortController()
    const { signal } = sending
    const deadline = setTimeout(expire, timeoutMs)
    deadline.unref?.()
    try {
      await new Promise<void>((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
        // Not in this turn: a mark waits for no `headers` or `stats`, and what its caller does in one go is one send.
        const posted = Promise.resolve().then(() => post({ url, headers, fetch, body, signal }))
        posted.then(resolve, reject)
      })
      if (troubles.delete('link')) log('info', { url }, `heartbeat delivered again after ${failures} failed`)
      failures = 0
    } catch (error) {
      failures++
      warn('link', error, 'heartbeat not delivered')
    }
    clearTimeout(deadline)
  }

  const beat = (): void => {
    clearTimeout(timer)
    moved = false
    flight = send().then(() => {
      flight = undefined
      if (!stopped) plan()
    })
  }

  const plan = (): void => {
    clearTimeout(timer)
    let delay = intervalMs
    if (failures > 0) {
      delay = Math.min(intervalMs, RETRY_MS * 2 ** (moved ? 0 : failures - 1)) * (0.5 + Math.random() / 2)
    } else if (moved) {
      beat()
      return
    }
    timer = setTimeout(beat, delay)
    timer.unref?.()
  }

  const wake = (): void => {
    if (moved) return
    moved = true
    if (!flight) plan()
  }

  const finish = async (): Promise<void> => {
    clearTimeout(timer)
    for (const unsubscribe of subscriptions) unsubscribe()
    signal?.removeEventListener('abort', stop)
    // Cuts the last try: a send in flight has a deadline of its own, and an earlier one. Not unref'd: the host waits for it.
    const deadline = setTimeout(expire, timeoutMs)
    await flight
    await send()
    clearTimeout(deadline)
  }
  const stop = (): Promise<void> => {
    stopped ??= finish()
    return stopped
  }

  if (signal?.aborted) return { stop: () => (stopped ??= Promise.resolve()) }
  const subscriptions = [registry.on('change', wake)]
  if (scopes) subscriptions.push(registry.on('scopes', wake))
  signal?.addEventListener('abort', stop)
  beat()
  return { stop }
}

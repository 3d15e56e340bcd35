import { setTimeout as sleep } from 'node:timers/promises'
import { defaultRegistry, type WedgeChange, type WedgeLogger, type WedgeRegistry } from '@runtime-wedge/core'
import { Checklist } from './checklist.ts'
import { Host, type HostEvent } from './host.ts'
import { linkToPlatform, type PlatformLink } from './platform-link.ts'
import { startPlatformProcess } from './platform-process.ts'
import { watchPlatform } from './platform-watch.ts'
import { CLICKED, createExecutors, randomFaults, scriptedFaults } from './scenario.ts'
import type { TimelineEntry } from './timeline.ts'

export interface DemoOptions {
  /** Runs until the signal aborts, with faults now and then. Otherwise it ends when every fault was seen and repaired. */
  readonly serve: boolean
  /** The platform's port; 0 takes any free one. */
  readonly port: number
  readonly print: (entry: TimelineEntry) => void
  readonly signal: AbortSignal
}

const WORKSPACE_ID = 'multi-executor-host'
const LIMIT_MS = 25_000
const SCRIPTED = { faults: scriptedFaults, askEveryMs: 400, restart: { baseMs: 1_000, proofMs: 10_000 } }
/** A long pause, so that the operator has time to click before the host restarts the executor by itself. */
const SERVED = { faults: randomFaults, askEveryMs: 1_000, restart: { baseMs: 30_000, proofMs: 10_000 } }

/** Runs the host in this process and the platform in another. @returns whether the demo showed everything */
export async function runDemo({ serve, port, print, signal }: DemoOptions): Promise<boolean> {
  const begun = Date.now()
  const registry = defaultRegistry()
  registry.logger = besidesWedges
  const checklist = new Checklist(registry)
  const over = serve ? signal : AbortSignal.any([signal, checklist.complete, AbortSignal.timeout(LIMIT_MS)])

  const tell = (scope: string, event: string, detail: string, more: Partial<TimelineEntry> = {}): void => {
    const { wedged, reason, scope: primary, since, count } = registry.snapshot()
    const aggregate = { wedged, reason, scope: primary, since, count }
    print({ ms: Date.now() - begun, scope, event, detail, aggregate, ...more })
  }

  const platform = await startPlatformProcess(port)
  tell('platform', 'listening', `its page: ${platform.url}/`)
  const { faults, askEveryMs, restart } = serve ? SERVED : SCRIPTED
  const executors = createExecutors(registry, faults())
  const onEvent = onlyNews(registry, ({ scope, type, detail }) => tell(scope, type, detail))
  const host = new Host({ registry, executors, askEveryMs, restart, onEvent })

  const onChange = ({ type, scope, reason, at, aggregate }: WedgeChange): void => {
    if (type === 'cleared') {
      tell(scope, 'CLEARED', 'it answers again', { ms: at - begun, aggregate })
      checklist.seen(scope)
    } else {
      tell(scope, 'WEDGED', reason, { ms: at - begun, aggregate })
      checklist.wedged(scope)
      if (!serve && scope === CLICKED) void clickRestart(scope)
    }
  }
  /** Does what the page's Restart button does. */
  const clickRestart = async (scope: string): Promise<void> => {
    const body = JSON.stringify({ scope })
    try {
      await sleep(500, undefined, { signal: over })
      tell('operator', 'Restart', scope)
      await fetch(`${platform.url}/workspaces/${WORKSPACE_ID}/restart`, { method: 'POST', body, signal: over })
    } catch (error) {
      if (!over.aborted) tell('operator', 'failed', String(error))
    }
  }

  let link: PlatformLink | undefined
  try {
    registry.on('change', onChange, { signal: over })
    await watchPlatform({
      registry,
      url: platform.url,
      signal: over,
      onNotice: ({ type, time, detail, after }) => {
        tell('platform', type, detail, { ms: time - begun, after })
        checklist.seen(type)
      },
    })
    link = linkToPlatform({
      registry,
      url: platform.url,
      workspaceId: WORKSPACE_ID,
      onRestart: scope => void host.restart(scope),
    })
    void host.start()
    await aborted(over)
  } finally {
    await host.stop()
    await link?.close()
    await platform.stop()
  }
  if (!serve && !signal.aborted) tell('demo', 'summary', checklist.summary(Date.now() - begun))
  return serve || checklist.passed
}

/** Passes on only the first answer after each start and the first of equal failures, and no failure of a wedged executor. */
function onlyNews(registry: WedgeRegistry, tell: (event: HostEvent) => void): (event: HostEvent) => void {
  const last = new Map<string, string>()
  return event => {
    const { scope, type, detail } = event
    const news = type === 'failed' ? detail : type
    if (last.get(scope) === news || (type === 'failed' && registry.scope(scope).isWedged())) return
    last.set(scope, news)
    tell(event)
  }
}

/** The timeline shows the wedges. Whatever else is logged is trouble, and goes to stderr. */
const besidesWedges: WedgeLogger = {
  error: logTrouble,
  warn: logTrouble,
  info: () => {},
}

function logTrouble(fields: object, message: string): void {
  if (!('reason' in fields)) console.error(message, fields)
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

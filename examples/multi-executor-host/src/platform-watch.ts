import type { WedgeRegistry } from '@runtime-wedge/core'
import { serverSentEvents } from './server-sent-events.ts'

/** Something that the platform broadcast, and how long it came after its cause in this host. */
export interface PlatformNotice {
  readonly type: string
  /** Epoch milliseconds, by the platform's clock. */
  readonly time: number
  readonly detail: string
  /** The transition that led to a status; `undefined` if there was none. */
  readonly after: { readonly ms: number; readonly type: 'mark' | 'clear' } | undefined
}

interface PlatformEvent {
  readonly type: string
  readonly time: number
  readonly payload: {
    readonly sample_error?: string
    readonly wedged_count?: number
    readonly wedged_scopes?: readonly Wedge[]
    /** The scope of a restart. */
    readonly scope?: string
  }
}

interface Wedge {
  readonly scope: string
  readonly since: number
}

export interface PlatformWatchOptions {
  readonly registry: WedgeRegistry
  /** The platform's base address. */
  readonly url: string
  readonly signal: AbortSignal
  readonly onNotice: (notice: PlatformNotice) => void
}

/** Watches the platform's broadcasts, as its page does, until the signal aborts. Resolves when it is listening. */
export async function watchPlatform({ registry, url, signal, onNotice }: PlatformWatchOptions): Promise<void> {
  // A broadcast names the current wedges, which identify the transition that it answers even if many are on the way.
  const transitions = new Map<string, { at: number; type: 'mark' | 'clear' }>()
  registry.on(
    'change',
    ({ at, type }) => {
      transitions.set(fingerprint(registry.snapshot().scopes), { at, type: type === 'wedged' ? 'mark' : 'clear' })
    },
    { signal },
  )
  return new Promise(resolve => {
    void (async () => {
      for await (const { event, data } of serverSentEvents(`${url}/events`, { signal })) {
        if (event === 'snapshot') resolve()
        if (!/^(WORKSPACE|RESTART)_/.test(event)) continue
        const { type, time, payload } = JSON.parse(data) as PlatformEvent
        const led = type.startsWith('WORKSPACE') ? transitions.get(fingerprint(payload.wedged_scopes ?? [])) : undefined
        onNotice({ type, time, detail: describe(payload), after: led && { ms: time - led.at, type: led.type } })
      }
      resolve()
    })()
  })
}

function fingerprint(wedges: readonly Wedge[]): string {
  return JSON.stringify(wedges.map(({ scope, since }) => [scope, since]).sort())
}

function describe({ scope, sample_error, wedged_count = 0 }: PlatformEvent['payload']): string {
  if (scope !== undefined) return scope
  return wedged_count > 0 ? `${wedged_count} wedged, first: ${sample_error}` : (sample_error ?? '')
}

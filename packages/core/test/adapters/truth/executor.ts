import { type WedgeChange, type WedgeLogger, WedgeRegistry, type WedgeState } from '@runtime-wedge/core'
import { vi } from 'vitest'

export type Kind = 'answer' | 'late answer' | 'error' | 'silence' | 'death' | 'close' | 'abort'
export const KINDS: readonly Kind[] = ['answer', 'late answer', 'error', 'silence', 'death', 'close', 'abort']

/** Whether a deadline has to pass. */
export const isLost = (kind: Kind): boolean => kind === 'late answer' || kind === 'silence'

/** A guarded executor on the real SDK and a real process. */
export interface Executor {
  /** Lets it happen once, restarting first if there is nothing to let it happen to; over when the host has seen it. */
  play(phase: string, kind: Kind): Promise<void>
  /** A request that is answered, after a restart if there must be one. */
  recover(): Promise<void>
  close(): Promise<void>
}

/** For what has to pass. */
export const DEADLINE_MS = 300
/** For what is to come in time: that a machine is busy is no wedge. */
export const PATIENCE_MS = 30_000

const silent: WedgeLogger = { error() {}, warn() {}, info() {} }

export interface Watched {
  readonly state: WedgeState
  readonly changes: WedgeChange['type'][]
}

export function watched(): Watched {
  const state = new WedgeRegistry({ logger: silent }).scope('executor')
  const changes: WedgeChange['type'][] = []
  state.on('change', ({ type }) => changes.push(type))
  return { state, changes }
}

export const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

export const until = (condition: () => boolean): Promise<unknown> =>
  vi.waitFor(() => condition() || Promise.reject(new Error('not yet')), { timeout: 20_000, interval: 5 })

/** Its rejection. */
export async function failure(promise: PromiseLike<unknown>): Promise<unknown> {
  let value: unknown
  try {
    value = await promise
  } catch (error) {
    return error
  }
  throw new Error(`resolved with ${JSON.stringify(value)}`)
}

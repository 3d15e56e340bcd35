import type { WedgeLogger, WedgeRegistry, WedgeSnapshot, WedgeState } from '@runtime-wedge/core'
import { type TestClock, testClock } from '../clock.ts'
import { type LogLine, lineLogger } from '../recorder.ts'

/** Any registry with the public interface of `WedgeRegistry`; it need not be one. No law needs `changes()`. */
export type RegistryUnderTest = Pick<WedgeRegistry, Exclude<keyof WedgeRegistry, 'changes'>>

/** Gives a fresh registry that writes its log to `logger` and reads the time from `now`. */
export type MakeRegistry = (environment: {
  readonly logger: WedgeLogger
  readonly now: () => number
}) => RegistryUnderTest

/** A fresh registry with its surroundings in hand. */
export interface Subject {
  readonly registry: RegistryUnderTest
  readonly clock: TestClock
  readonly lines: LogLine[]
}

/** @param foreign code that runs when the registry logs a line or asks for the time */
export function openSubject(
  make: MakeRegistry,
  foreign: { readonly onLine?: (line: LogLine) => void; readonly onNow?: () => void } = {},
): Subject {
  const clock = testClock(1_000)
  const lines: LogLine[] = []
  const logger = lineLogger(line => {
    lines.push(line)
    foreign.onLine?.(line)
  })
  const now = (): number => {
    foreign.onNow?.()
    return clock.now()
  }
  return { registry: make({ logger, now }), clock, lines }
}

export interface ScopeReadings {
  readonly wedged: boolean
  readonly reason: string
  readonly since: number | null
  readonly marks: number
  readonly cause: unknown
}

export const HEALTHY_SCOPE: ScopeReadings = { wedged: false, reason: '', since: null, marks: 0, cause: undefined }

/** All that a handle can be asked. */
export function readScope(state: WedgeState): ScopeReadings {
  const { since, marks, cause } = state
  return { wedged: state.isWedged(), reason: state.reason(), since, marks, cause }
}

export interface RegistryReadings {
  readonly wedged: boolean
  readonly reason: string
  readonly count: number
  readonly size: number
  readonly wedgedScopes: readonly string[]
  readonly scopes: Readonly<Record<string, ScopeReadings>>
  readonly snapshot: WedgeSnapshot
}

/** All that a registry can be asked about its scopes. */
export function readRegistry(registry: RegistryUnderTest): RegistryReadings {
  return {
    wedged: registry.isWedged(),
    reason: registry.reason(),
    count: registry.wedgedCount,
    size: registry.size,
    wedgedScopes: Array.from(registry.wedgedStates(), ({ scope }) => scope),
    scopes: Object.fromEntries(Array.from(registry, state => [state.scope, readScope(state)])),
    snapshot: registry.snapshot(),
  }
}

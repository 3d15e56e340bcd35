import type { WedgeLogger, WedgeRegistryLike, WedgeSnapshot, WedgeState } from '@runtime-wedge/core'
import { type TestClock, testClock } from '../clock.ts'
import { type LogLine, lineLogger } from '../recorder.ts'

/** A state that need not have the members of law 13, which came with version 1.1. */
export interface StateUnderTest extends Omit<WedgeState, 'proven' | 'lastSuccess'> {
  /** Whether a success was ever seen. */
  readonly proven?: boolean | undefined
  /** When an attempt last succeeded, in epoch milliseconds. */
  readonly lastSuccess?: number | null | undefined
}

/** Members that no law needs, or that give states. */
type Replaced = 'changes' | 'default' | 'current' | 'scope' | 'wedgedStates' | typeof Symbol.iterator

/** Any registry with the public interface of `WedgeRegistry`, of whatever class. No law needs `changes()`. */
export interface RegistryUnderTest extends Omit<WedgeRegistryLike, Replaced> {
  /** The state of the scope `"default"`. */
  readonly default: StateUnderTest
  /** The state of the ambient scope if it belongs to this registry, otherwise of the default scope. */
  readonly current: StateUnderTest
  /** Gets or makes the state of a scope. */
  scope(key: string): StateUnderTest
  /** The states that are wedged now, primary first. */
  wedgedStates(): Iterable<StateUnderTest>
  /** Every state, in order of creation. */
  [Symbol.iterator](): Iterator<StateUnderTest>
}

/** Gives a fresh registry that writes its log to `logger` and reads the time from `now`. */
export type MakeRegistry = (environment: {
  readonly logger: WedgeLogger
  readonly now: () => number
}) => RegistryUnderTest

/** A fresh registry, with its clock and its log lines. */
export interface Subject {
  readonly registry: RegistryUnderTest
  readonly clock: TestClock
  readonly lines: LogLine[]
}

/**
 * Makes a registry on a clock that stands at 1,000.
 *
 * @param foreign code that runs when the registry logs a line or asks for the time
 */
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

/** What a handle says of its wedge. */
export interface ScopeReadings {
  readonly wedged: boolean
  readonly reason: string
  readonly since: number | null
  readonly marks: number
  readonly cause: unknown
}

/** What a healthy handle says. */
export const HEALTHY_SCOPE: ScopeReadings = { wedged: false, reason: '', since: null, marks: 0, cause: undefined }

/** Asks a handle for its wedge. */
export function readScope(state: StateUnderTest): ScopeReadings {
  const { since, marks, cause } = state
  return { wedged: state.isWedged(), reason: state.reason(), since, marks, cause }
}

/** What a handle says of its successes; `undefined` where law 13 is not known. */
export interface Evidence {
  readonly proven: boolean | undefined
  readonly lastSuccess: number | null | undefined
}

/** What a handle says before its first success. */
export const UNPROVEN: Evidence = { proven: false, lastSuccess: null }

/** Asks a handle for its successes. */
export function readEvidence({ proven, lastSuccess }: StateUnderTest): Evidence {
  return { proven, lastSuccess }
}

/** Whether law 13 can be asked of a registry: its states have the members. */
export function keepsEvidence(registry: RegistryUnderTest): boolean {
  return registry.default.proven !== undefined
}

/** All that a registry can be asked about its scopes. */
export interface RegistryReadings {
  readonly wedged: boolean
  readonly reason: string
  readonly count: number
  readonly size: number
  readonly wedgedScopes: readonly string[]
  readonly scopes: Readonly<Record<string, ScopeReadings>>
  readonly evidence: Readonly<Record<string, Evidence>>
  readonly snapshot: WedgeSnapshot
}

/** Asks a registry for all of it. */
export function readRegistry(registry: RegistryUnderTest): RegistryReadings {
  const byScope = <Reading>(read: (state: StateUnderTest) => Reading): Record<string, Reading> =>
    Object.fromEntries(Array.from(registry, state => [state.scope, read(state)]))
  return {
    wedged: registry.isWedged(),
    reason: registry.reason(),
    count: registry.wedgedCount,
    size: registry.size,
    wedgedScopes: Array.from(registry.wedgedStates(), ({ scope }) => scope),
    scopes: byScope(readScope),
    evidence: byScope(readEvidence),
    snapshot: registry.snapshot(),
  }
}

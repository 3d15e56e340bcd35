import { WedgeRegistry } from '@runtime-wedge/core'
import { inputError } from './input-error.ts'
import { type LogLine, lineLogger } from './recorder.ts'

/** A clock that stands still until it is moved. */
export interface TestClock {
  /** Epoch milliseconds. */
  now(): number
  /** Moves the clock by `ms`, backwards if negative. @throws TypeError unless `ms` is a finite number */
  advance(ms: number): void
}

/** What {@link createTestRegistry} makes. */
export interface TestRegistry<Scope extends string = string> {
  /** A fresh registry. */
  readonly registry: WedgeRegistry<Scope>
  /** The registry's clock. Deadlines and heartbeats use the global timers instead: a runner's fake timers drive them. */
  readonly clock: TestClock
  /** What the registry has logged, oldest first. */
  readonly lines: readonly LogLine[]
}

/** Options of {@link createTestRegistry}. */
export interface TestRegistryOptions {
  /**
   * What the clock shows at first, in epoch milliseconds.
   *
   * @default 0
   */
  readonly start?: number | undefined
}

/**
 * Makes a registry with a clock of its own and a logger that only collects. It shares nothing with the default registry.
 *
 * @throws TypeError for a `start` that is not a finite number
 */
export function createTestRegistry<Scope extends string = string>({
  start = 0,
}: TestRegistryOptions = {}): TestRegistry<Scope> {
  assertFinite('createTestRegistry({ start })', start, 'Leave it out for 0.')
  const clock = testClock(start)
  const lines: LogLine[] = []
  const logger = lineLogger(line => lines.push(line))
  return { registry: new WedgeRegistry<Scope>({ logger, now: clock.now }), clock, lines }
}

/** Makes a clock that shows `start`. */
export function testClock(start: number): TestClock {
  let time = start
  return {
    now: () => time,
    advance(ms) {
      assertFinite('clock.advance(ms)', ms, 'Pass how far to move it, such as 500 or -500.')
      time += ms
    },
  }
}

function assertFinite(option: string, ms: number, wayOut: string): void {
  if (!Number.isFinite(ms)) throw inputError(option, 'a finite number of milliseconds', ms, wayOut)
}

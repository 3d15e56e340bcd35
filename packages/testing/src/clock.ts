import { WedgeRegistry } from '@runtime-wedge/core'
import { type LogLine, lineLogger } from './recorder.ts'

/** A clock that stands still until it is told to move. */
export interface TestClock {
  /** Epoch milliseconds. */
  now(): number
  /** Moves the clock, also backwards. @throws TypeError for what is no finite number */
  advance(ms: number): void
}

export interface TestRegistry<Scope extends string = string> {
  readonly registry: WedgeRegistry<Scope>
  /** The registry's clock. Deadlines and heartbeats use the global timers instead: a runner's fake timers drive them. */
  readonly clock: TestClock
  /** What the registry has logged, oldest first. */
  readonly lines: readonly LogLine[]
}

/**
 * Makes a registry that shares nothing with the default one, with a clock of its own and a logger that only collects.
 *
 * @param options.start what the clock shows at first, in epoch milliseconds; 0 by default
 * @throws TypeError for a `start` that is no finite number
 */
export function createTestRegistry<Scope extends string = string>(
  options: { readonly start?: number | undefined } = {},
): TestRegistry<Scope> {
  const clock = testClock(finite('createTestRegistry({ start })', options.start ?? 0))
  const lines: LogLine[] = []
  const logger = lineLogger(line => lines.push(line))
  return { registry: new WedgeRegistry<Scope>({ logger, now: clock.now }), clock, lines }
}

export function testClock(start: number): TestClock {
  let time = start
  return {
    now: () => time,
    advance(ms) {
      time += finite('clock.advance(ms)', ms)
    },
  }
}

function finite(what: string, ms: number): number {
  if (Number.isFinite(ms)) return ms
  throw new TypeError(`${what} needs a finite number of milliseconds, got ${String(ms)}.`)
}

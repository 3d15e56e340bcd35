import { defaultRegistry, type WedgeLogger } from '@runtime-wedge/core'
import { endCaptures } from './recorder.ts'

/** Part of the protocol between copies of `@runtime-wedge/core`: the registry of any copy has it. */
const RESET: symbol = Symbol.for('runtime-wedge.reset')

/** A `WedgeRegistry` of any copy of `@runtime-wedge/core`. */
export interface ResettableRegistry {
  logger: WedgeLogger
}

/** The hooks of a test runner: vitest's, jest's, `node:test`'s. */
export interface TestHooks {
  readonly beforeEach: (hook: () => void) => unknown
  readonly afterEach: (hook: () => void) => unknown
}

/**
 * Makes every scope of a registry healthy, in place: scopes, handles, listeners and signals stay, so that handles taken at
 * import time remain valid. Drops queued events, makes open attempts inert, ends every {@link captureLogs} of the registry.
 * Never emits or logs. For tests only.
 *
 * @param registry by default the process's default registry
 * @throws TypeError for what is no registry of `@runtime-wedge/core`
 */
export function resetForTest(registry: ResettableRegistry = defaultRegistry()): void {
  const reset = (registry as unknown as Record<symbol, unknown> | null)?.[RESET]
  if (typeof reset !== 'function') {
    throw new TypeError(
      `resetForTest(registry) needs a WedgeRegistry of @runtime-wedge/core, got ${registry === null ? 'null' : typeof registry} without its reset. Leave it out for the default registry.`,
    )
  }
  reset.call(registry)
  endCaptures(registry)
}

/**
 * Resets the default registry before and after each test, with the hooks of any runner. Not for tests that run at the same
 * time in one process (`test.concurrent`): they share that registry.
 */
export function autoReset({ beforeEach, afterEach }: TestHooks): void {
  beforeEach(() => resetForTest())
  afterEach(() => resetForTest())
}

import { defaultRegistry, type WedgeRegistryLike } from '@runtime-wedge/core'
import { inputError } from './input-error.ts'
import { endCaptures } from './recorder.ts'

/** Part of the protocol between copies of `@runtime-wedge/core`: every copy's registry has it. */
const RESET: symbol = Symbol.for('runtime-wedge.reset')

/** A registry of any copy of `@runtime-wedge/core`. Its reset has a symbol for a name, and is not part of its types. */
export type ResettableRegistry = Pick<WedgeRegistryLike, 'logger'>

/** The hooks of a test runner: of vitest, jest or `node:test`. */
export interface TestHooks {
  /** Calls `hook` before each test. */
  readonly beforeEach: (hook: () => void) => unknown
  /** Calls `hook` after each test. */
  readonly afterEach: (hook: () => void) => unknown
}

/**
 * Makes every scope of a registry healthy and unproven, in place: scopes, handles, listeners and signals stay, so that
 * handles taken at import time remain valid. Drops queued events, makes open attempts inert, and ends every
 * {@link captureLogs} of the registry. Never emits or logs. For tests only.
 *
 * @param registry by default, the process's default registry
 * @throws TypeError unless `registry` is a registry of `@runtime-wedge/core`
 */
export function resetForTest(registry: ResettableRegistry = defaultRegistry()): void {
  const reset = (registry as unknown as Record<symbol, unknown> | null)?.[RESET]
  if (typeof reset !== 'function') {
    const rule = 'a WedgeRegistry of @runtime-wedge/core'
    throw inputError('resetForTest(registry)', rule, registry, 'Leave it out for the default registry.')
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

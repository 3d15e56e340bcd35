import type { WedgeRegistry } from '@runtime-wedge/core'
import { expect, type TestAPI, test as vitestTest } from 'vitest'
import { createTestRegistry } from './clock.ts'
import { toBeWedged } from './matcher.ts'
import { type ChangeRecord, recordChanges } from './recorder.ts'

export interface WedgeFixtures {
  /** A fresh registry for this test: its clock stands at 0, and its log lines go nowhere. */
  registry: WedgeRegistry
  /** What happens in `registry`, from the beginning of the test. */
  changes: ChangeRecord
}

declare module 'vitest' {
  // `Assertion`, not `Matchers`: vitest 3.0 has no other.
  interface Assertion<T> {
    /** Checks that a state or a registry is wedged; with a string, for exactly that reason, with a pattern, for one that it finds. */
    toBeWedged(reason?: string | RegExp): void
  }
  interface AsymmetricMatchersContaining {
    toBeWedged(reason?: string | RegExp): unknown
  }
}

expect.extend({ toBeWedged })

/** vitest's `test` with the fixtures `registry` and `changes`. It sets no hooks. */
export const test: TestAPI<WedgeFixtures> = vitestTest.extend<WedgeFixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of a fixture's needs off this pattern.
  registry: async ({}, use) => {
    await use(createTestRegistry().registry)
  },
  changes: async ({ registry }, use) => {
    const record = recordChanges(registry)
    await use(record)
    record.stop()
  },
})

import type { WedgeRegistry } from '@runtime-wedge/core'
import { expect, type TestAPI, test as vitestTest } from 'vitest'
import { createTestRegistry } from './clock.ts'
import { toBeWedged } from './matcher.ts'
import { type ChangeRecord, recordChanges } from './recorder.ts'

/** What {@link test} gives to each test. */
export interface WedgeFixtures {
  /** A fresh registry for this test: its clock stands at 0, and its log lines go nowhere. */
  registry: WedgeRegistry
  /** The events of `registry` from the beginning of the test. */
  changes: ChangeRecord
}

declare module 'vitest' {
  // `Assertion`, not `Matchers`: vitest 3.0 has no other.
  interface Assertion<T> {
    /**
     * Checks that a state or a registry is wedged; with a string, for exactly that reason; with a pattern, for a reason that
     * matches it.
     */
    toBeWedged(reason?: string | RegExp): void
  }
  interface AsymmetricMatchersContaining {
    /** Stands for a state or a registry that is wedged, with that reason if one is given. */
    toBeWedged(reason?: string | RegExp): unknown
  }
}

expect.extend({ toBeWedged })

/** vitest's `test` with the fixtures `registry` and `changes`. It sets no hooks. */
export const test: TestAPI<WedgeFixtures> = vitestTest.extend<WedgeFixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads here which fixtures this one needs, and it needs none.
  registry: async ({}, use) => {
    await use(createTestRegistry().registry)
  },
  changes: async ({ registry }, use) => {
    const record = recordChanges(registry)
    await use(record)
    record.stop()
  },
})

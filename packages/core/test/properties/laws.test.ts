import { WedgeRegistry } from '@runtime-wedge/core'
import { checkWedgeLaws } from '@runtime-wedge/testing/fast-check'
import { describe, it } from 'vitest'

describe('the real registry', { timeout: 60_000 }, () => {
  for (const law of [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13] as const) {
    it(`obeys law ${law}`, () => checkWedgeLaws(options => new WedgeRegistry(options), { laws: [law], numRuns: 1_000 }))
  }
})

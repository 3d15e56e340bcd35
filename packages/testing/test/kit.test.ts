import { checkWedgeLaws, type LawNumber } from '@runtime-wedge/testing/fast-check'
import { describe, expect, it } from 'vitest'
import { FLAWS, type Flaw } from './plain/flaws.ts'
import { PlainRegistry } from './plain/registry.ts'

describe('checkWedgeLaws', () => {
  it('passes a correct registry that shares nothing with the real one', () =>
    checkWedgeLaws(options => new PlainRegistry(options), { numRuns: 500 }))

  it.each(Object.entries(FLAWS) as [Flaw, LawNumber][])('finds "%s" under law %i', async (flaw, law) => {
    await expect(checkWedgeLaws(options => new PlainRegistry(options, flaw))).rejects.toThrow(
      new RegExp(`^law ${law} \\([^)]+\\): .+\nCounterexample, shrunk \\d+ times: \\[`),
    )
  })
})

import {
  checkWedgeLaws,
  type LawNumber,
  type MakeRegistry,
  operations,
  scopeKey,
} from '@runtime-wedge/testing/fast-check'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FLAWS, type Flaw } from './plain/flaws.ts'
import { PlainRegistry } from './plain/registry.ts'

describe('checkWedgeLaws', { timeout: 60_000 }, () => {
  it('passes a correct registry that shares nothing with the real one', () =>
    checkWedgeLaws(options => new PlainRegistry(options), { numRuns: 200 }))

  it('passes one whose states have no `proven` and no `lastSuccess`: law 13 is not asked of it', () =>
    checkWedgeLaws(options => new PlainRegistry(options, { keepsEvidence: false }), { numRuns: 200 }))

  // A seed, so that no run of this suite ever misses a flaw by bad luck.
  it.each(Object.entries(FLAWS) as [Flaw, LawNumber][])('finds "%s" under law %i', async (flaw, law) => {
    await expect(
      checkWedgeLaws(options => new PlainRegistry(options, { flaw }), { seed: 1, numRuns: 50 }),
    ).rejects.toThrow(new RegExp(`^law ${law} \\([^)]+\\): .+\nCounterexample, shrunk \\d+ times: \\[`))
  })
})

describe('checkWedgeLaws, asked', () => {
  const lastWriteWins: MakeRegistry = options => new PlainRegistry(options, { flaw: 'last write wins' })

  it('checks the laws that were chosen', async () => {
    await checkWedgeLaws(lastWriteWins, { laws: [4, 12], numRuns: 20 })
    await expect(checkWedgeLaws(lastWriteWins, { laws: [4, 1] })).rejects.toThrow(/^law 1 \(first write wins\): /)
  })

  it('finds the same counterexample again by its seed', async () => {
    const failure = await checkWedgeLaws(lastWriteWins).catch((error: Error) => error.message)
    const seed = Number(/seed: (-?\d+)/.exec(failure ?? '')?.[1])
    await expect(checkWedgeLaws(lastWriteWins, { laws: [1], seed })).rejects.toThrow(failure)
  })

  it('says so if no registry can be made', async () => {
    const broken: MakeRegistry = () => {
      throw new RangeError('out of registries')
    }
    await expect(checkWedgeLaws(broken)).rejects.toMatchObject({
      message: expect.stringMatching(/^law 4 \(identity\): out of registries\n/),
      cause: expect.any(RangeError),
    })
    const worse: MakeRegistry = () => {
      throw 'no registry'
    }
    await expect(checkWedgeLaws(worse)).rejects.toThrow(/^law 4 \(identity\): "no registry"\n/)
  })

  it('refuses what is not a function, and laws that it does not know', async () => {
    await expect(checkWedgeLaws({} as never)).rejects.toThrow(
      'checkWedgeLaws(make) needs a function that gives a fresh registry, got an object. Pass ({ logger, now }) => ',
    )
    await expect(checkWedgeLaws(lastWriteWins, { laws: [8 as never] })).rejects.toThrow(
      'checkWedgeLaws(make, { laws }) needs only the laws 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, got 8. Leave it out for all of them.',
    )
  })
})

describe('the arbitraries', () => {
  it('give runs of the wanted operations on the wanted scopes', () => {
    fc.assert(
      fc.property(operations({ scopes: ['a'], kinds: ['mark', 'release'], maxLength: 5 }), run => {
        expect(run.length).toBeLessThanOrEqual(5)
        for (const operation of run) {
          expect(operation).toMatchObject({ do: expect.stringMatching(/^(mark|release)$/), scope: 'a' })
        }
      }),
    )
  })

  it('give keys that any registry takes', () => {
    fc.assert(
      fc.property(scopeKey(), key => {
        expect(key).not.toBe('default')
        expect(new PlainRegistry({ logger: console, now: Date.now }).scope(key).scope).toBe(key)
      }),
    )
  })
})

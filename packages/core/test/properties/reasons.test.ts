import { createTestRegistry } from '@runtime-wedge/testing'
import { anyReason, blankReason, plainReason } from '@runtime-wedge/testing/fast-check'
import fc from 'fast-check'
import { expect, it } from 'vitest'

function shown(reason: unknown): string {
  const { registry } = createTestRegistry()
  registry.default.mark(reason as string)
  return registry.reason()
}

it('says "no reason given" for a reason that shows as nothing: zero-width, filler, control characters, ANSI escapes', () => {
  fc.assert(
    fc.property(blankReason(), blank => {
      expect(shown(blank)).toBe('no reason given')
      expect(shown(new Error(blank))).toBe('no reason given')
    }),
    { numRuns: 1_000 },
  )
})

it('keeps a reason that shows anything, verbatim, with the blank characters around it', () => {
  fc.assert(
    fc.property(blankReason(), plainReason(), blankReason(), (before, words, after) => {
      const reason = before + words + after
      expect(shown(reason)).toBe(reason)
    }),
    { numRuns: 1_000 },
  )
})

it('never keeps more than 1,024 characters of a reason', () => {
  fc.assert(
    fc.property(anyReason(), ({ reason }) => {
      expect(shown(reason).length).toBeLessThanOrEqual(1_024)
    }),
  )
})

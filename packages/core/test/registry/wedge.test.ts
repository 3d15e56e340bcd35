import { expect, it } from 'vitest'
import { wedgeEpoch } from '../../src/registry/wedge.ts'

it.each([0, 2, 2 ** 30, 2 ** 31, 2 ** 32, 2 ** 40])('the wedge of epoch %i, a healthy one, is the next', epoch => {
  expect(wedgeEpoch(epoch)).toBe(epoch + 1)
  expect(wedgeEpoch(epoch + 1)).toBe(epoch + 1)
})

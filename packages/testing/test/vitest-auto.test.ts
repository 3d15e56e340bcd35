import '@runtime-wedge/testing/vitest/auto'
import { defaultRegistry, isWedged, markWedged } from '@runtime-wedge/core'
import { captureLogs } from '@runtime-wedge/testing'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'

/** Taken at import time, as an adapter would. */
const state = defaultRegistry().scope('mcp:fs')
const { logger } = defaultRegistry()

beforeAll(() => {
  captureLogs()
  markWedged('left by another file')
})

// After the hooks of the setup file, as those of any test file are.
beforeEach(() => {
  expect(isWedged()).toBe(false)
})

afterAll(() => {
  expect([isWedged(), defaultRegistry().logger]).toEqual([false, logger])
})

for (const round of ['first', 'second']) {
  it(`starts each test healthy (${round})`, () => {
    const { lines } = captureLogs()
    expect(state.mark('gone')).toBe(true)
    markWedged('gone too')
    expect(lines).toHaveLength(2)
  })
}

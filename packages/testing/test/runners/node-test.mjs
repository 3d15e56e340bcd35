// Run by node --test on what ships: the built package, by its own name.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { defaultRegistry, isWedged, markWedged } from '@runtime-wedge/core'
import { autoReset, captureLogs } from '@runtime-wedge/testing'

autoReset({ beforeEach, afterEach })

const { logger } = defaultRegistry()

for (const round of ['first', 'second']) {
  test(`starts healthy (${round})`, () => {
    assert.equal(isWedged(), false)
    assert.equal(defaultRegistry().logger, logger)
    const { lines } = captureLogs()
    markWedged('init timeout')
    assert.equal(isWedged(), true)
    assert.equal(lines.length, 1)
  })
}

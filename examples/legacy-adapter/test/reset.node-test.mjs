// The reset of the testing package in node:test. After a build: `node --test test/reset.node-test.mjs`
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { defaultRegistry, isWedged, wedgeReason } from '@runtime-wedge/core'
import { autoReset } from '@runtime-wedge/testing'
import { Hermes, LegacyAdapter } from '../dist/index.js'

// A handle that is taken at import time keeps its scope through every reset.
const state = defaultRegistry().default

autoReset({ beforeEach, afterEach })

test('a fatal error wedges the process', async () => {
  const hermes = new Hermes({ silentAfter: 0, initTimeoutMs: 50 })
  await assert.rejects(new LegacyAdapter(hermes).execute({ prompt: 'hello' }))
  hermes.close()
  assert.equal(isWedged(), true)
  assert.match(wedgeReason(), /^hermes init timeout/)
})

test('the next test begins healthy', () => {
  assert.equal(isWedged(), false)
  assert.equal(state.isWedged(), false)
})

test('a handle from before the reset still marks the same scope', () => {
  state.mark('by the old handle')
  assert.equal(wedgeReason(), 'by the old handle')
})

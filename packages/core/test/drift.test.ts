import * as core from '@runtime-wedge/core'
import { clearWedge, defaultRegistry, isWedged, markWedged, wedgeReason } from '@runtime-wedge/core'
import { captureLogs, resetForTest } from '@runtime-wedge/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'

/** The original is a Python module of one flag; hosts and dashboards rely on each of these words. */
const DETECTED = 'runtime wedge detected: init timeout — workspace will report degraded until cleared'
const CLEARED = 'runtime wedge cleared after successful operation — workspace will recover to online on next heartbeat'

beforeEach(() => resetForTest())
afterEach(() => resetForTest())

it('has the names and the parameter counts of the original', () => {
  const shapes = Object.entries({ markWedged, clearWedge, isWedged, wedgeReason, resetForTest })
  expect(shapes.map(([exported, { name, length }]) => [exported, name, length])).toEqual([
    ['markWedged', 'markWedged', 1],
    ['clearWedge', 'clearWedge', 0],
    ['isWedged', 'isWedged', 0],
    ['wedgeReason', 'wedgeReason', 0],
    ['resetForTest', 'resetForTest', 0],
  ])
  expect(Object.keys(core).sort()).toEqual([
    'WedgeRegistry',
    'WedgedError',
    'clearWedge',
    'defaultRegistry',
    'isWedged',
    'markWedged',
    'wedgeReason',
  ])
})

it('returns what the original returns', () => {
  captureLogs()
  expect([isWedged(), wedgeReason()]).toEqual([false, ''])
  expect(clearWedge()).toBeUndefined()
  expect(markWedged('init timeout')).toBeUndefined()
  expect(markWedged('a later reason')).toBeUndefined()
  expect([isWedged(), wedgeReason()]).toEqual([true, 'init timeout'])
  expect(clearWedge()).toBeUndefined()
  expect([isWedged(), wedgeReason()]).toEqual([false, ''])
  markWedged('init timeout')
  expect(resetForTest()).toBeUndefined()
  expect([isWedged(), wedgeReason()]).toEqual([false, ''])
})

it('logs one error when a wedge begins, one info when it ends, and nothing else', () => {
  const { lines } = captureLogs()
  clearWedge()
  markWedged('init timeout')
  markWedged('a later reason')
  clearWedge()
  clearWedge()
  expect(lines).toEqual([
    { level: 'error', message: DETECTED, fields: { scope: 'default', reason: 'init timeout' } },
    { level: 'info', message: CLEARED, fields: { scope: 'default', reason: 'init timeout' } },
  ])
})

it('logs how many are still wedged, when they are', () => {
  const { lines } = captureLogs()
  for (const key of ['mcp:fs', 'claude:1']) defaultRegistry().scope(key).mark('gone')
  markWedged('init timeout')
  clearWedge()
  expect(lines.at(-1)).toMatchObject({
    level: 'info',
    message: 'runtime wedge cleared after successful operation — 2 still wedged, workspace stays degraded',
  })
})

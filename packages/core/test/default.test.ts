import * as core from '@runtime-wedge/core'
import { clearWedge, defaultRegistry, isWedged, markWedged, wedgeReason } from '@runtime-wedge/core'
import { captureLogs, recordChanges, resetForTest } from '@runtime-wedge/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let logs: ReturnType<typeof captureLogs>
beforeEach(() => {
  resetForTest()
  logs = captureLogs()
})
afterEach(() => resetForTest())

it('is one registry, whatever scopes it is asked for by', () => {
  expect(defaultRegistry<'a' | 'b'>()).toBe(defaultRegistry())
  expect(defaultRegistry()).toBeInstanceOf(core.WedgeRegistry)
})

describe('the four functions, with only the default scope in use', () => {
  it('behave exactly as the original module, log texts included', () => {
    expect([isWedged(), wedgeReason()]).toEqual([false, ''])
    expect(clearWedge()).toBe(undefined)
    expect(markWedged('claude init timeout — restart workspace')).toBe(undefined)
    markWedged('another')
    expect([isWedged(), wedgeReason()]).toEqual([true, 'claude init timeout — restart workspace'])
    clearWedge()
    clearWedge()
    expect([isWedged(), wedgeReason()]).toEqual([false, ''])

    expect(logs.lines.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      'error: runtime wedge detected: claude init timeout — restart workspace — workspace will report degraded until cleared',
      'info: runtime wedge cleared after successful operation — workspace will recover to online on next heartbeat',
    ])
  })

  it('take an Error', () => {
    markWedged(new Error('gone'))
    expect(wedgeReason()).toBe('gone')
    expect(defaultRegistry().default.cause).toBeInstanceOf(Error)
  })
})

describe('the four functions, beside scopes', () => {
  it('mark and clear the default scope, and read the aggregate', () => {
    const { events } = recordChanges(defaultRegistry())
    defaultRegistry().scope('mcp:fs').mark('fs stuck')
    expect([isWedged(), wedgeReason()]).toEqual([true, 'fs stuck'])
    clearWedge()
    expect([isWedged(), wedgeReason()]).toEqual([true, 'fs stuck'])
    markWedged('mine')
    expect(wedgeReason()).toBe('fs stuck')
    defaultRegistry().scope('mcp:fs').clear()
    expect(wedgeReason()).toBe('mine')
    clearWedge()
    expect(isWedged()).toBe(false)
    expect(events.map(({ scope, type }) => `${scope} ${type}`)).toEqual([
      'mcp:fs wedged',
      'default wedged',
      'mcp:fs cleared',
      'default cleared',
    ])
  })
})

it('exports the documented names, and nothing else', () => {
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

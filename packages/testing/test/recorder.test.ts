import { defaultRegistry, markWedged } from '@runtime-wedge/core'
import { captureLogs, createTestRegistry, recordChanges, resetForTest } from '@runtime-wedge/testing'
import { afterEach, describe, expect, it } from 'vitest'

afterEach(() => resetForTest())

describe('captureLogs', () => {
  it('collects the lines of the default registry instead of letting them be written', () => {
    const { lines } = captureLogs()
    markWedged('gone')
    expect(lines).toEqual([
      expect.objectContaining({ level: 'error', message: expect.stringContaining('runtime wedge detected: gone') }),
    ])
    expect(lines[0]!.fields).toMatchObject({ scope: 'default', reason: 'gone' })
  })

  it('gives the former logger back, and does so only once', () => {
    const { registry, lines: written } = createTestRegistry()
    const { logger } = registry
    const capture = captureLogs(registry)
    registry.default.mark('captured')
    capture.restore()
    expect(registry.logger).toBe(logger)
    registry.logger = { ...logger }
    capture.restore()
    expect(registry.logger).not.toBe(logger)
    registry.default.clear()
    expect([capture.lines.length, written.length]).toEqual([1, 1])
  })

  it('may be nested, and captures may end in any order', () => {
    const { registry } = createTestRegistry()
    const { logger } = registry
    const outer = captureLogs(registry)
    registry.default.mark('one')
    const inner = captureLogs(registry)
    registry.default.clear()
    outer.restore()
    registry.default.mark('three')
    expect([outer.lines.length, inner.lines.length]).toEqual([2, 2])
    inner.restore()
    expect(registry.logger).toBe(logger)
  })
})

describe('recordChanges', () => {
  it('records the events from the call on, until it is stopped', () => {
    const { registry, clock } = createTestRegistry<'a' | 'b'>({ start: 5 })
    registry.scope('a').mark('before')
    const record = recordChanges(registry)
    clock.advance(10)
    registry.scope('b').mark('no answer')
    registry.scope('a').clear()
    record.stop()
    record.stop()
    registry.scope('b').clear()
    const scopes: ('a' | 'b' | 'default')[] = record.events.map(({ scope }) => scope)
    expect(scopes).toEqual(['b', 'a'])
    expect(record.events[0]).toMatchObject({ type: 'wedged', reason: 'no answer', at: 15 })
    expect(record.aggregates).toEqual([
      expect.objectContaining({ changed: 'primary', current: expect.objectContaining({ scope: 'b', count: 1 }) }),
    ])
  })
})

describe('createTestRegistry', () => {
  it('shares nothing with the default registry', () => {
    const { registry } = createTestRegistry()
    registry.scope('a').mark('gone')
    expect(defaultRegistry().isWedged()).toBe(false)
  })

  it('has a clock that stands at `start` until it is moved', () => {
    const { registry, clock } = createTestRegistry({ start: 1_000 })
    registry.scope('a').mark('gone')
    clock.advance(250)
    registry.scope('b').mark('gone too')
    clock.advance(-500)
    registry.scope('c').mark('the clock was set back')
    expect(registry.snapshot().scopes.map(({ since }) => since)).toEqual([1_000, 1_250, 750])
    expect([clock.now(), registry.snapshot().scope]).toEqual([750, 'a'])
    expect(createTestRegistry().clock.now()).toBe(0)
  })

  it('collects log lines', () => {
    const { registry, lines } = createTestRegistry()
    registry.scope('a').mark('gone')
    registry.scope('a').clear()
    registry.release('default')
    expect(lines.map(({ level }) => level)).toEqual(['error', 'info', 'warn'])
  })

  it.each([
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    ['1' as never, '"1"'],
  ])('refuses a time of %o', (ms, shown) => {
    expect(() => createTestRegistry({ start: ms })).toThrow(
      `createTestRegistry({ start }) needs a finite number of milliseconds, got ${shown}. Leave it out for 0.`,
    )
    expect(() => createTestRegistry().clock.advance(ms)).toThrow(
      `clock.advance(ms) needs a finite number of milliseconds, got ${shown}. Pass how far to move it, `,
    )
  })
})

import type { WedgeRegistry } from '@runtime-wedge/core'
import { test } from '@runtime-wedge/testing/vitest'
import { describe, expect, expectTypeOf } from 'vitest'

describe('the fixtures', () => {
  const seen = new Set<WedgeRegistry>()

  for (const round of ['first', 'second']) {
    test(`give each test a registry of its own (${round})`, ({ registry }) => {
      expectTypeOf(registry).toEqualTypeOf<WedgeRegistry>()
      expect(registry).not.toBeWedged()
      expect(seen.has(registry)).toBe(false)
      seen.add(registry)
      registry.scope('mcp:fs').mark('gone')
    })
  }

  test('record what happens in that registry', ({ registry, changes }) => {
    registry.scope('mcp:fs').mark('gone')
    registry.scope('mcp:fs').clear()
    expect(changes.events.map(({ type, at }) => [type, at])).toEqual([
      ['wedged', 0],
      ['cleared', 0],
    ])
    expect(changes.aggregates.map(({ changed }) => changed)).toEqual(['flag', 'flag'])
  })
})

describe('toBeWedged', () => {
  test('tells wedged from healthy, of states and registries', ({ registry }) => {
    const state = registry.scope('mcp:fs')
    expect(state).not.toBeWedged()
    state.mark('no answer in 60 s: restart it')
    expect(state).toBeWedged()
    expect(registry).toBeWedged('no answer in 60 s: restart it')
    expect(state).toBeWedged(/^no answer/)
    expect(state).not.toBeWedged('no answer')
    expect(state).not.toBeWedged(/timeout/)
    expect({ state }).toEqual({ state: expect.toBeWedged(/restart/) })
  })

  test('gives the same answer each time for a global pattern', ({ registry }) => {
    registry.default.mark('gone')
    const pattern = /gone/g
    for (let round = 0; round < 3; round++) expect(registry).toBeWedged(pattern)
  })

  test('says what is wrong', ({ registry }) => {
    const state = registry.scope('mcp:fs')
    const message = (check: () => void): string => {
      try {
        check()
      } catch (error) {
        return (error as Error).message
      }
      return 'passed'
    }
    expect(message(() => expect(state).toBeWedged())).toBe('expected scope "mcp:fs" to be wedged, but it is healthy')
    expect(message(() => expect(registry).toBeWedged('gone'))).toBe(
      'expected the registry to be wedged with the reason "gone", but it is healthy',
    )
    state.mark('no answer')
    expect(message(() => expect(registry).not.toBeWedged())).toBe(
      'expected the registry not to be wedged, but it is: "no answer"',
    )
    expect(message(() => expect(state).toBeWedged('gone'))).toBe(
      'expected scope "mcp:fs" to be wedged with the reason "gone", but its reason is "no answer"',
    )
    expect(message(() => expect(state).not.toBeWedged(/answer/))).toBe(
      'expected scope "mcp:fs" not to be wedged with a reason that matches /answer/, but it is',
    )
  })

  test('refuses a value that is not a WedgeReader, and a reason that is neither a string nor a RegExp', ({
    registry,
  }) => {
    for (const [value, shown] of [
      [undefined, 'undefined'],
      [null, 'null'],
      ['wedged', '"wedged"'],
      [10n, '10n'],
      [{}, 'an object'],
      [[], 'an array'],
      [() => {}, 'a function'],
      [{ isWedged: () => true }, 'an object'],
      [{ reason: () => 'gone' }, 'an object'],
    ]) {
      expect(() => expect(value).toBeWedged()).toThrow(
        `expect(reader).toBeWedged() needs a WedgeReader (a state or a registry), got ${shown}. Pass what has isWedged() and reason().`,
      )
    }
    registry.default.mark('gone')
    expect(() => expect(registry).toBeWedged(1 as never)).toThrow(
      'toBeWedged(reason) needs a string or a RegExp, got 1. Leave it out for any reason.',
    )
  })
})

import '@runtime-wedge/testing/vitest/auto'
import { test, type WedgeFixtures } from '@runtime-wedge/testing/vitest'
import { expect } from 'vitest'

export const fixtures: (keyof WedgeFixtures)[] = ['registry', 'changes']

test('a scope is wedged', ({ registry, changes }) => {
  const state = registry.scope('claude:1')
  state.mark('gone: restart it')
  expect(state).toBeWedged('gone: restart it')
  expect(registry).toBeWedged(/gone/)
  expect(registry.scope('mcp:fs')).not.toBeWedged()
  expect(changes.events.map(({ scope }) => scope)).toEqual(['claude:1'])
})

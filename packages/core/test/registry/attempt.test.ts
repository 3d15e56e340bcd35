import { createTestRegistry, recordChanges } from '@runtime-wedge/testing'
import { describe, expect, it } from 'vitest'

describe('succeed', () => {
  it('clears the wedge that was in force when the attempt began', () => {
    const { registry } = createTestRegistry()
    const state = registry.default
    state.mark('stuck')
    const attempt = state.attempt()

    expect(attempt.succeed()).toBe(true)
    expect(state.isWedged()).toBe(false)
    expect(attempt.succeed()).toBe(false)
  })

  it('leaves a wedge that was marked after the attempt began', () => {
    const { registry } = createTestRegistry()
    const state = registry.default
    const early = state.attempt()
    state.mark('stuck')

    expect(early.succeed()).toBe(false)
    expect(state.isWedged()).toBe(true)
  })

  it('leaves a second wedge, though the attempt began in the first', () => {
    const { registry } = createTestRegistry()
    const state = registry.default
    state.mark('first')
    const attempt = state.attempt()
    state.clear()
    state.mark('second')

    expect(attempt.succeed()).toBe(false)
    expect(state.reason()).toBe('second')
  })

  it('clears also after repeats of that wedge', () => {
    const { registry } = createTestRegistry()
    const state = registry.default
    state.mark('stuck')
    const attempt = state.attempt()
    state.mark('again')

    expect(attempt.succeed()).toBe(true)
  })
})

describe('fail', () => {
  it('marks, with reason and cause, when nothing came between', () => {
    const { registry } = createTestRegistry()
    const state = registry.default

    expect(state.attempt().fail('gone', { cause: 7 })).toBe(true)
    expect(state).toMatchObject({ marks: 1, cause: 7 })
    expect(state.reason()).toBe('gone')
  })

  it('does nothing once a wedge was cleared since it began, in whatever state it began', () => {
    const { registry } = createTestRegistry()
    const state = registry.default
    const { events } = recordChanges(registry)
    const whenHealthy = state.attempt()
    state.mark('stuck')
    const whenWedged = state.attempt()
    state.clear()

    expect(whenHealthy.fail('late')).toBe(false)
    expect(whenWedged.fail('late')).toBe(false)
    expect(state.isWedged()).toBe(false)
    expect(events).toHaveLength(2)

    state.mark('anew')
    expect(whenHealthy.fail('late')).toBe(false)
    expect(state.marks).toBe(1)
  })

  it('counts as a repeat of a wedge that it began before or in', () => {
    const { registry } = createTestRegistry()
    const state = registry.default
    const before = state.attempt()
    state.mark('stuck')
    const inside = state.attempt()

    expect(before.fail('me too')).toBe(false)
    expect(inside.fail('me too')).toBe(false)
    expect(state.marks).toBe(3)
    expect(state.reason()).toBe('stuck')
  })
})

it('keeps the outcome of another scope out of it', () => {
  const { registry } = createTestRegistry()
  const attempt = registry.scope('a').attempt()
  registry.scope('b').mark('stuck')
  registry.scope('b').clear()

  expect(attempt.fail('gone')).toBe(true)
})

it('is inert when its scope was released', () => {
  const { registry } = createTestRegistry()
  const state = registry.scope('a')
  const healthy = state.attempt()
  state.mark('stuck')
  const wedged = state.attempt()
  state.release()
  const after = state.attempt()

  for (const attempt of [healthy, wedged, after]) {
    expect(attempt.succeed()).toBe(false)
    expect(attempt.fail('late')).toBe(false)
  }
  expect(registry.has('a')).toBe(false)
  expect(registry.isWedged()).toBe(false)
})

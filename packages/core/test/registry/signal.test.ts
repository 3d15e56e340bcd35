import { WedgedError } from '@runtime-wedge/core'
import { createTestRegistry } from '@runtime-wedge/testing'
import { describe, expect, it } from 'vitest'

describe('signal', () => {
  it('aborts before mark returns, with a WedgedError that tells the reason, the scope and the cause', () => {
    const { registry } = createTestRegistry()
    const state = registry.scope('a')
    const { signal } = state
    const cause = { code: 1 }
    expect(signal.aborted).toBe(false)

    state.mark('stuck', { cause })

    expect(signal.aborted).toBe(true)
    expect(signal.reason).toBeInstanceOf(WedgedError)
    expect(signal.reason).toMatchObject({ name: 'WedgedError', message: 'stuck', scope: 'a', cause })
  })

  it('has an error without a cause when there is none', () => {
    const { registry } = createTestRegistry()
    const { signal } = registry.default
    registry.default.mark('stuck')

    expect(signal.reason).toBeInstanceOf(Error)
    expect(Object.hasOwn(signal.reason, 'cause')).toBe(false)
  })

  it('is never already aborted: during and after a wedge it is the one fresh signal for the next', () => {
    const { registry } = createTestRegistry()
    const state = registry.default
    const first = state.signal
    expect(state.signal).toBe(first)

    state.mark('stuck')
    const second = state.signal
    expect(second).not.toBe(first)
    expect(second.aborted).toBe(false)
    state.mark('again')
    state.clear()

    expect(state.signal).toBe(second)
    expect(second.aborted).toBe(false)
    state.mark('next')
    expect(second.aborted).toBe(true)
    expect(second.reason.message).toBe('next')
  })

  it('gives its own abort listeners the fresh one', () => {
    const { registry } = createTestRegistry()
    const state = registry.default
    const { signal } = state
    let inside: AbortSignal | undefined
    signal.addEventListener('abort', () => {
      inside = state.signal
    })
    state.mark('stuck')

    expect(inside).toBe(state.signal)
    expect(inside?.aborted).toBe(false)
  })

  it('leaves the signals of other scopes alone', () => {
    const { registry } = createTestRegistry()
    const { signal } = registry.scope('b')
    registry.scope('a').mark('stuck')
    expect(signal.aborted).toBe(false)
  })

  it('never aborts for a released handle, however it is marked', () => {
    const { registry } = createTestRegistry()
    const state = registry.scope('a')
    const before = state.signal
    state.release()
    const after = state.signal
    state.mark('late')
    registry.scope('a').mark('the new one')

    expect(before.aborted).toBe(false)
    expect(after.aborted).toBe(false)
  })

  it('lets an abort listener clear the wedge before mark returns', () => {
    const { registry } = createTestRegistry()
    const state = registry.default
    const types: string[] = []
    registry.on('change', ({ type, version }) => types.push(`${version} ${type}`))
    state.signal.addEventListener('abort', () => state.clear())

    expect(state.mark('stuck')).toBe(true)
    expect(state.isWedged()).toBe(false)
    expect(types).toEqual(['1 wedged', '2 cleared'])
  })
})

import { WedgeRegistry } from '@runtime-wedge/core'
import { createTestRegistry } from '@runtime-wedge/testing'
import { describe, expect, it } from 'vitest'

/** Passes for a signal in many a library: it can be listened to, and never stops listening. */
const half = (): AbortSignal => ({ aborted: false, addEventListener() {} }) as unknown as AbortSignal

const hostile = (): AbortSignal => {
  const fail = (): never => {
    throw new Error('a signal that breaks')
  }
  let reads = 0
  return {
    get aborted(): boolean {
      return reads++ === 0 ? false : fail()
    },
    addEventListener: fail,
    removeEventListener: fail,
  } as unknown as AbortSignal
}

it.each([
  ['that cannot stop listening', half],
  ['whose every member throws', hostile],
])('a signal %s breaks no transition, and no delivery to others', async (_, makeSignal) => {
  const registry = new WedgeRegistry({ logger: { error() {}, warn() {}, info() {} } })
  const state = registry.scope('a')
  const heard: string[] = []
  registry.on('change', () => {}, { once: true, signal: makeSignal() })
  state.on('change', () => {}, { signal: makeSignal() })
  registry.on('change', ({ type }) => heard.push(type))
  expect(state.mark('stuck')).toBe(true)
  const waiting = [state.healthy({ signal: makeSignal() }), state.healthy()]
  expect(state.clear()).toBe(true)
  expect(await Promise.all(waiting)).toEqual([undefined, undefined])
  state.mark('again')
  expect(state.release()).toBe(true)
  expect([registry.has('a'), registry.isWedged(), state.mark('late')]).toEqual([false, false, false])
  expect(heard).toEqual(['wedged', 'cleared', 'wedged', 'cleared'])
})

describe('what is not a signal', () => {
  const bad = [null, 1, 'abort', {}, { aborted: false }, { addEventListener() {} }] as unknown as AbortSignal[]

  it.each(bad)('%j is refused by on() and changes(), and rejects healthy()', async signal => {
    const { registry } = createTestRegistry()
    const message =
      /^on\(event, listener, { signal }\) needs an AbortSignal, got .+\. Pass the signal of an AbortController/
    expect(() => registry.on('change', () => {}, { signal })).toThrow(message)
    expect(() => registry.default.on('change', () => {}, { signal })).toThrow(message)
    expect(() => registry.changes({ signal })).toThrow(message)
    await expect(registry.default.healthy({ signal })).rejects.toThrow(/^healthy\({ signal }\) needs an AbortSignal/)
  })
})

it('a signal of its own has any number of listeners without a warning', async () => {
  const warnings: Error[] = []
  const warn = (warning: Error): number => warnings.push(warning)
  process.on('warning', warn)
  const { registry } = createTestRegistry()
  for (let index = 0; index < 20; index++) registry.default.signal.addEventListener('abort', () => {})
  await new Promise(resolve => setImmediate(resolve))
  process.off('warning', warn)
  expect(warnings).toEqual([])
})

it('a signal that aborts while it is being listened to ends what was begun with it', async () => {
  const { registry } = createTestRegistry()
  const signal = {
    aborted: false,
    reason: 'gone',
    addEventListener(_: string, listener: () => void) {
      signal.aborted = true
      listener()
    },
  }
  registry.default.mark('stuck')
  const given = signal as unknown as AbortSignal
  await expect(registry.default.healthy({ signal: given })).rejects.toBe('gone')
})

it('a signal that cannot be left has one listener, however often it is given', () => {
  const { registry } = createTestRegistry()
  let listeners = 0
  const signal = { aborted: false, addEventListener: () => listeners++ } as unknown as AbortSignal
  for (let index = 0; index < 1_000; index++) registry.on('change', () => {}, { signal })()
  expect(listeners).toBe(1)
})

it('options that throw are a rejection of healthy(), and leave no listener of on() behind', async () => {
  const { registry } = createTestRegistry()
  const options = {
    get signal(): never {
      throw new Error('no signal')
    },
  }
  await expect(registry.default.healthy(options)).rejects.toThrow('no signal')
  const heard: string[] = []
  expect(() => registry.on('change', ({ type }) => heard.push(type), options)).toThrow('no signal')
  registry.default.mark('stuck')
  expect(heard).toEqual([])
})

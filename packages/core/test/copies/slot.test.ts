import { AsyncLocalStorage } from 'node:async_hooks'
import { afterEach, beforeEach, expect, it, type MockInstance, vi } from 'vitest'
import { loneCopy, withoutPino } from '../support/lone-copy.ts'

type Copy = typeof import('@runtime-wedge/core')

const silent = { error() {}, warn() {}, info() {} }
const fail = (): never => {
  // Not an Error, and not even fit to be part of a text.
  throw Symbol('no')
}

let pino: MockInstance
let error: MockInstance
beforeEach(() => {
  pino = withoutPino()
  error = vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => {
  error.mockRestore()
  pino.mockRestore()
})

/** What the copy said about the slot on stderr. */
const said = (): string[] =>
  error.mock.calls.map(([line]) => JSON.parse(line).msg).filter(message => message.startsWith('@runtime-wedge/core'))

/** Uses all of a copy's process-wide interface; throws if any of it does, or if it does not work within the copy. */
function use(copy: Copy): void {
  const registry = copy.defaultRegistry()
  registry.logger = silent
  copy.markWedged('stuck')
  expect([copy.isWedged(), copy.wedgeReason()]).toEqual([true, 'stuck'])
  copy.clearWedge()
  expect(copy.isWedged()).toBe(false)
  expect(copy.defaultRegistry()).toBe(registry)
  registry.run('a', () => {
    copy.markWedged('a stuck')
    expect(copy.wedgeReason()).toBe('a stuck')
  })
  expect(registry.scope('a').isWedged()).toBe(true)
  registry.release('a')
}

it.each<[string, unknown]>([
  ['that is frozen and empty', Object.freeze({ protocol: 1 })],
  ['whose registry is not one', { protocol: 1, registry: {} }],
  ['whose registry is a number', { protocol: 1, registry: 5 }],
  ['whose registry lacks a method', { protocol: 1, registry: { isWedged() {}, reason() {} } }],
  ['whose storage is not one', { protocol: 1, storage: {} }],
  ['whose registry has no default', { protocol: 1, registry: { scope() {}, isWedged() {}, reason() {} } }],
  ['whose storage lacks a method', { protocol: 1, storage: { getStore() {} } }],
  [
    'whose members throw',
    Object.defineProperties({ protocol: 1 }, { registry: { get: fail }, storage: { get: fail } }),
  ],
  ['whose protocol throws a symbol', Object.defineProperty({}, 'protocol', { get: fail })],
  ['whose protocol is a symbol', { protocol: Symbol('odd') }],
  ['whose protocol cannot be shown', { protocol: Object.create(null) }],
  ['that takes no member', new Proxy({ protocol: 1 }, { set: () => true })],
  ['that is a number', 5],
  ['of another protocol', { protocol: 2 }],
])('a slot %s: the copy has a registry of its own, says so once, and nothing throws', async (_, slot) => {
  const copy = await loneCopy(slot)
  use(copy)
  use(copy)
  expect(said()).toHaveLength(1)
  expect(said()[0]).toMatch(
    /protocol 1, .+: the other copy's wedges are not seen here\. Run "npm ls @runtime-wedge\/core"/,
  )
})

it('a slot of another protocol stays as it is', async () => {
  const slot = { protocol: 2 }
  use(await loneCopy(slot))
  expect(slot).toEqual({ protocol: 2 })
  expect(said()).toEqual([expect.stringContaining('found protocol 2: ')])
})

it.each([
  ['that throws what is not an error', Object.defineProperty({}, 'protocol', { get: fail })],
  ['that cannot be shown', { protocol: Object.create(null) }],
])('a protocol %s is told of all the same', async (_, slot) => {
  use(await loneCopy(slot))
  expect(said()).toEqual([expect.stringMatching(/ found (?:a slot that cannot be read|protocol Symbol\(no\)): /)])
})

it('where only the storage of the slot is unfit, the registry is shared all the same', async () => {
  const registry = new (await loneCopy(undefined)).WedgeRegistry({ logger: silent })
  const copy = await loneCopy({ protocol: 1, registry, storage: {} })
  expect(copy.isWedged()).toBe(false)
  expect(copy.defaultRegistry()).toBe(registry)
  expect(said()).toEqual([expect.stringContaining('cannot use the storage of the shared slot')])
})

it('where only the registry of the slot is unfit, the storage is shared all the same', async () => {
  const storage = new AsyncLocalStorage<unknown>()
  const copy = await loneCopy({ protocol: 1, registry: {}, storage })
  const registry = copy.defaultRegistry()
  registry.logger = silent
  storage.run({ registry, state: registry.scope('a') }, () => copy.markWedged('stuck'))
  expect(registry.scope('a').isWedged()).toBe(true)
  expect(said()).toEqual([expect.stringContaining('cannot use the registry of the shared slot')])
})

it('a slot whose members are null is filled', async () => {
  const slot = { protocol: 1, registry: null, storage: null }
  const copy = await loneCopy(slot)
  use(copy)
  expect([slot.registry, said()]).toEqual([copy.defaultRegistry(), []])
})

it('a slot that is frozen after it got its registry shares the registry, and run() works', async () => {
  const registry = new (await loneCopy(undefined)).WedgeRegistry({ logger: silent })
  const copy = await loneCopy(Object.freeze({ protocol: 1, registry }))
  expect(copy.defaultRegistry()).toBe(registry)
  copy.markWedged('stuck')
  expect(registry.reason()).toBe('stuck')
  const own = new copy.WedgeRegistry({ logger: silent })
  expect(own.run('a', () => copy.wedgeReason())).toBe('')
  expect(said()).toEqual([expect.stringContaining('cannot use the storage of the shared slot')])
})

/** A copy that has not been used yet; its slot will stand under `key` on globalThis. */
async function unusedCopy(): Promise<{ copy: Copy; key: symbol }> {
  const before = new Set(Object.getOwnPropertySymbols(globalThis))
  const copy = await loneCopy(null)
  const key = Object.getOwnPropertySymbols(globalThis).find(symbol => !before.has(symbol))
  if (!key) throw new Error('no slot')
  return { copy, key }
}

/** The copy whose slot stands under `key` on globalThis. */
async function visibleCopy(): Promise<{ copy: Copy; key: symbol }> {
  const { copy, key } = await unusedCopy()
  copy.defaultRegistry().logger = silent
  return { copy, key }
}

const globals = globalThis as Record<symbol, unknown>

it('puts its slot back if that was deleted, so that later copies share it again', async () => {
  const { copy, key } = await visibleCopy()
  const slot = globals[key]
  globals[key] = undefined
  copy.markWedged('stuck')
  expect([globals[key], said()]).toEqual([slot, []])
})

it('says once that another slot has taken the place of its own', async () => {
  const { copy, key } = await visibleCopy()
  globals[key] = { protocol: 1 }
  for (let time = 0; time < 3; time++) copy.markWedged('stuck')
  expect(copy.wedgeReason()).toBe('stuck')
  expect(said()).toEqual([expect.stringMatching(/lost the shared slot to another one: the other copy's wedges/)])
})

it('says once that its slot is gone and cannot be put back', async () => {
  const { copy, key } = await visibleCopy()
  Object.defineProperty(globalThis, key, { value: undefined, writable: false, configurable: true })
  for (let time = 0; time < 3; time++) copy.markWedged('stuck')
  expect(copy.wedgeReason()).toBe('stuck')
  expect(said()).toEqual([expect.stringMatching(/lost the shared slot: the other copy's wedges/)])
  delete globals[key]
})

it('once it has a slot of its own, it puts nothing into the shared place', async () => {
  const { copy, key } = await unusedCopy()
  globals[key] = { protocol: 1, registry: {} }
  use(copy)
  globals[key] = undefined
  copy.markWedged('stuck')
  expect(globals[key]).toBeUndefined()
})

it('works where the place of the slot cannot even be read', async () => {
  const { copy, key } = await unusedCopy()
  Object.defineProperty(globalThis, key, { get: fail, configurable: true })
  const registry = new copy.WedgeRegistry({ logger: silent })
  registry.on('change', () => {})
  expect(registry.scope('a').mark('stuck')).toBe(true)
  use(copy)
  expect(said()).toHaveLength(1)
  delete globals[key]
})

it('a registry of its own makes no slot, whatever it does but run()', async () => {
  const { WedgeRegistry } = await loneCopy(null)
  const before = Object.getOwnPropertySymbols(globalThis).map(key => globals[key])
  const registry = new WedgeRegistry({ logger: silent })
  registry.on('change', () => {})
  registry.scope('a').mark('stuck')
  registry.release('a')
  void registry.current
  expect(Object.getOwnPropertySymbols(globalThis).map(key => globals[key])).toEqual(before)
})

it.each<[string, () => unknown]>([
  ['throws', fail],
  ['gives what has no state', () => ({ state: {} })],
])('a storage of someone else whose getStore %s is outside any scope', async (_, getStore) => {
  const copy = await loneCopy({ protocol: 1, storage: { getStore, run: (_: unknown, fn: () => unknown) => fn() } })
  copy.defaultRegistry().logger = silent
  copy.markWedged('stuck')
  expect([copy.isWedged(), copy.wedgeReason(), copy.defaultRegistry().reason()]).toEqual([true, 'stuck', 'stuck'])
  copy.clearWedge()
  expect(copy.isWedged()).toBe(false)
})

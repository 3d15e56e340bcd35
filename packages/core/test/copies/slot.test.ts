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
  ['whose storage is not one', { protocol: 1, storage: {} }],
  [
    'whose members throw',
    Object.defineProperties({ protocol: 1 }, { registry: { get: fail }, storage: { get: fail } }),
  ],
  ['whose protocol throws a symbol', Object.defineProperty({}, 'protocol', { get: fail })],
  ['whose protocol is a symbol', { protocol: Symbol('odd') }],
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

/** The copy whose slot stands under `key` on globalThis. */
async function visibleCopy(): Promise<{ copy: Copy; key: symbol }> {
  const before = new Set(Object.getOwnPropertySymbols(globalThis))
  const copy = await loneCopy(null)
  const key = Object.getOwnPropertySymbols(globalThis).find(symbol => !before.has(symbol))
  if (!key) throw new Error('no slot')
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

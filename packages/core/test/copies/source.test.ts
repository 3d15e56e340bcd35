import { resetForTest } from '@runtime-wedge/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { loneCopy, stubSymbol, withoutPino } from '../support/lone-copy.ts'

type Copy = typeof import('@runtime-wedge/core')

/** Typed by hand: what any copy, of any version, will look for. */
const SLOT = Symbol.for('@runtime-wedge/core')
const silent = { error() {}, warn() {}, info() {} }

/** The source, loaded anew: its own classes, its own module state. */
async function loadCopy(): Promise<Copy> {
  vi.resetModules()
  return import('@runtime-wedge/core')
}

let copies: readonly [Copy, Copy, Copy]
let early: ReturnType<ReturnType<Copy['defaultRegistry']>['scope']>
let slotAtImport: unknown
beforeAll(async () => {
  const first = await loadCopy()
  slotAtImport = (globalThis as Record<symbol, unknown>)[SLOT]
  early = first.defaultRegistry().scope('early')
  copies = [first, await loadCopy(), await loadCopy()]
  first.defaultRegistry().logger = silent
})
beforeEach(() => resetForTest(copies[0].defaultRegistry()))
afterAll(() => vi.resetModules())

it('makes the slot on first use, not at import, with a protocol number', () => {
  expect(slotAtImport).toBe(undefined)
  expect((globalThis as Record<symbol, unknown>)[SLOT]).toMatchObject({
    protocol: 1,
    registry: copies[0].defaultRegistry(),
  })
})

it('gives every copy the same default registry, though their classes differ', () => {
  const [one, two, three] = copies
  expect(two.WedgeRegistry).not.toBe(one.WedgeRegistry)
  expect(two.defaultRegistry()).toBe(one.defaultRegistry())
  expect(three.defaultRegistry()).toBe(one.defaultRegistry())
})

it('shows what one copy marks in all, and lets any of them clear', () => {
  const [one, two, three] = copies
  two.markWedged('stuck')
  expect(copies.map(copy => [copy.isWedged(), copy.wedgeReason()])).toEqual(Array(3).fill([true, 'stuck']))
  three.markWedged('another')
  expect(one.defaultRegistry().default.marks).toBe(2)
  three.clearWedge()
  expect(copies.map(copy => copy.isWedged())).toEqual([false, false, false])
})

it('lets a new copy begin with any call', async () => {
  const registry = copies[0].defaultRegistry()
  ;(await loadCopy()).markWedged('stuck')
  expect(registry.reason()).toBe('stuck')
  ;(await loadCopy()).clearWedge()
  expect(registry.isWedged()).toBe(false)
  registry.scope('adapter').mark('adapter stuck')
  expect((await loadCopy()).wedgeReason()).toBe('adapter stuck')
  expect((await loadCopy()).isWedged()).toBe(true)
  const { WedgeRegistry } = await loadCopy()
  registry.run('adapter', () => expect(new WedgeRegistry().current.scope).toBe('default'))
})

it('keeps handles that were taken before the second copy loaded', () => {
  const [, two] = copies
  const seen: string[] = []
  const stop = early.on('change', ({ type }) => seen.push(type))
  expect(two.defaultRegistry().scope('early')).toBe(early)
  two.defaultRegistry().scope('early').mark('stuck')
  expect([early.reason(), seen]).toEqual(['stuck', ['wedged']])
  stop()
})

it('lets a copy see the `run` of another, of the default registry or of one of its own', async () => {
  const [one, two, three] = copies
  const own = new one.WedgeRegistry({ logger: silent })
  for (const registry of [one.defaultRegistry(), own]) {
    const state = registry.scope('adapter')
    await registry.run('adapter', async () => {
      two.markWedged('stuck')
      await null
      expect([three.isWedged(), three.wedgeReason(), state.reason()]).toEqual([true, 'stuck', 'stuck'])
      expect(registry.current).toBe(state)
      three.clearWedge()
    })
    expect(state.isWedged()).toBe(false)
    registry.run(
      'adapter',
      two.defaultRegistry().bind('bound', () => three.markWedged('bound stuck')),
    )
    expect(two.defaultRegistry().scope('bound').reason()).toBe('bound stuck')
    resetForTest(two.defaultRegistry())
  }
})

it.each(['markWedged', 'isWedged'] as const)(
  'lets a new copy that begins with %s see the `run` it is in',
  async call => {
    const [one] = copies
    const fresh = await loadCopy()
    const state = one.defaultRegistry().scope('adapter')
    one.markWedged('the default scope')
    one.defaultRegistry().run('adapter', () => {
      if (call === 'markWedged') fresh.markWedged('stuck')
      else expect(fresh.isWedged()).toBe(false)
    })
    expect(state.isWedged()).toBe(call === 'markWedged')
  },
)

it("delivers outside any ambient scope, also another copy's", () => {
  const [one, two] = copies
  const own = new two.WedgeRegistry({ logger: silent })
  const current: string[] = []
  own.on('change', () => current.push(one.defaultRegistry().current.scope))
  one.defaultRegistry().run('adapter', () => own.scope('a').mark('stuck'))
  expect(current).toEqual(['default'])
})

it('lets the first write win across copies', () => {
  const operation = fc.record({
    copy: fc.nat({ max: 2 }),
    kind: fc.constantFrom('mark', 'mark', 'clear', 'read'),
    scope: fc.constantFrom(undefined, 'a', 'b'),
  })
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 30 }), operations => {
      resetForTest(copies[0].defaultRegistry())
      const model = new Map<string, string>()
      operations.forEach(({ copy: index, kind, scope }, step) => {
        const copy = copies[index]!
        const registry = copy.defaultRegistry()
        const act = (): void => {
          const key = scope ?? 'default'
          if (kind === 'mark') {
            copy.markWedged(`reason ${step}`)
            if (!model.has(key)) model.set(key, `reason ${step}`)
          } else if (kind === 'clear') {
            copy.clearWedge()
            model.delete(key)
          }
          expect(registry.scope(key).reason()).toBe(model.get(key) ?? '')
        }
        if (scope === undefined) act()
        else registry.run(scope, act)
        for (const each of copies) {
          expect([each.isWedged(), each.wedgeReason()]).toEqual([model.size > 0, [...model.values()][0] ?? ''])
        }
      })
    }),
    { numRuns: 1_000 },
  )
})

describe('an incompatible slot', () => {
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error('no protocol')
      },
    },
  )
  it.each([
    ['of a later protocol', { protocol: 2, registry: {} }, 'protocol 2'],
    ['of a protocol that is no number', { protocol: '1' }, 'protocol 1'],
    ['without a protocol', {}, 'protocol undefined'],
    ['that is a proxy which throws', hostile, 'no protocol'],
  ])('%s leaves the copy a registry of its own, says so once, and nothing throws', async (_, value, theirs) => {
    const stderr: string[] = []
    const error = vi.spyOn(console, 'error').mockImplementation(line => void stderr.push(String(line)))
    const pino = withoutPino()
    try {
      const copy = await loneCopy(value)
      expect([copy.isWedged(), copy.wedgeReason()]).toEqual([false, ''])
      copy.markWedged('seen here')
      copies[0].markWedged('not seen here')
      expect([copy.wedgeReason(), copies[0].wedgeReason()]).toEqual(['seen here', 'not seen here'])
      copy.defaultRegistry().run('a', () => expect(copy.isWedged()).toBe(false))
    } finally {
      error.mockRestore()
      pino.mockRestore()
    }
    const warnings = stderr.filter(line => line.includes('@runtime-wedge/core'))
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain(theirs)
    expect(warnings[0]).toMatch(/protocol 1\b.*wedges are not seen here.*npm ls @runtime-wedge\/core/)
  })
})

it('takes a slot that is null for none', async () => {
  const copy = await loneCopy(null)
  copy.defaultRegistry().logger = silent
  copy.markWedged('seen here')
  expect([copy.wedgeReason(), copies[0].wedgeReason()]).toEqual(['seen here', ''])
})

it('works where the runtime has no Symbol.dispose', () => {
  const registry = new copies[0].WedgeRegistry({ logger: silent })
  const heard: string[] = []
  stubSymbol({ dispose: undefined })
  try {
    const stop = registry.on('change', ({ type }) => heard.push(type))
    registry.default.mark('stuck')
    stop()
    registry.default.clear()
    expect(Object.getOwnPropertySymbols(stop)).toEqual([Symbol.for('Symbol.dispose')])
  } finally {
    vi.unstubAllGlobals()
  }
  expect(heard).toEqual(['wedged'])
})

it.each(['markWedged', 'clearWedge', 'isWedged', 'wedgeReason', 'defaultRegistry'] as const)(
  'fills a slot that has no registry yet: %s first',
  async first => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {})
    try {
      const slot: { protocol: 1; registry?: unknown } = { protocol: 1 }
      const copy = await loneCopy(slot)
      copy[first]('stuck')
      expect(slot.registry).toBe(copy.defaultRegistry())
    } finally {
      error.mockRestore()
    }
  },
)

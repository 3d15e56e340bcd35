import { getEventListeners } from 'node:events'
import { createTestRegistry, recordChanges } from '@runtime-wedge/testing'
import { expect, it, vi } from 'vitest'

it('ends the wedge, tells so, and takes the scope out', () => {
  const { registry, clock, lines } = createTestRegistry()
  const { events } = recordChanges(registry)
  const scopes: unknown[] = []
  registry.on('scopes', event => scopes.push(event))
  const state = registry.scope('a')
  state.mark('stuck')
  clock.advance(3)

  expect(state.release()).toBe(true)

  expect(registry.has('a')).toBe(false)
  expect(registry.size).toBe(1)
  expect(registry.isWedged()).toBe(false)
  expect(events[1]).toMatchObject({
    type: 'cleared',
    by: 'release',
    scope: 'a',
    reason: 'stuck',
    since: 0,
    at: 3,
    version: 2,
  })
  expect(scopes).toEqual([
    { type: 'added', scope: 'a', version: 0 },
    { type: 'released', scope: 'a', version: 2 },
  ])
  expect(lines[1]).toEqual({
    level: 'info',
    message: 'runtime wedge released with its scope — workspace will recover to online on next heartbeat',
    fields: { scope: 'a', reason: 'stuck' },
  })
})

it('of a healthy scope is no transition: no line, no change, no new version', () => {
  const { registry, lines } = createTestRegistry()
  const { events, aggregates } = recordChanges(registry)
  registry.scope('a')
  expect(registry.release('a')).toBe(true)
  expect([...lines, ...events, ...aggregates]).toEqual([])
  expect(registry.snapshot().version).toBe(0)
})

it('works by key as by handle, once, and not for a key that is none', () => {
  const { registry } = createTestRegistry()
  const state = registry.scope('a')
  expect(registry.release('a')).toBe(true)
  expect(registry.release('a')).toBe(false)
  expect(state.release()).toBe(false)
  expect(registry.release('never')).toBe(false)
})

it('leaves the handle inert for ever, with one warning', () => {
  const { registry, lines } = createTestRegistry()
  const state = registry.scope('a')
  state.mark('stuck')
  state.release()
  const before = lines.length

  expect(state.mark('late')).toBe(false)
  expect(state.mark('later')).toBe(false)
  expect(state.clear()).toBe(false)
  expect(state.isWedged()).toBe(false)
  expect(state.reason()).toBe('')
  expect(state).toMatchObject({ scope: 'a', since: null, marks: 0, cause: undefined })
  expect(registry.has('a')).toBe(false)
  expect(lines.slice(before)).toEqual([
    { level: 'warn', message: expect.stringMatching(/mark ignored.*released/), fields: { scope: 'a' } },
  ])
})

it('gives the old listeners the final cleared and drops them; a new state inherits none, and no old handle touches it', () => {
  const { registry } = createTestRegistry()
  const old = registry.scope('a')
  const seen: string[] = []
  old.on('change', ({ type, by }) => {
    seen.push(`${type} by ${by}, ${registry.has('a')}`)
  })
  old.mark('stuck')
  old.release()
  const next = registry.scope('a')
  next.mark('next')

  expect(seen).toEqual(['wedged by mark, true', 'cleared by release, false'])
  expect([old.mark('x'), old.clear(), old.release()]).toEqual([false, false, false])
  expect(next.reason()).toBe('next')
  expect(next.marks).toBe(1)
})

it("ends its listeners' subscriptions: their signals, which live on, hold nothing of it", () => {
  const { registry } = createTestRegistry()
  const { signal } = new AbortController()
  const state = registry.scope('a')
  for (let index = 0; index < 3; index++) state.on('change', () => {}, { signal })
  expect(getEventListeners(signal, 'abort').length).toBeGreaterThan(0)
  state.release()
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

it('makes a later `on` of the old handle a dead subscription, also with initial and a signal', () => {
  const { registry } = createTestRegistry()
  const old = registry.scope('a')
  old.mark('stuck')
  old.release()
  const controller = new AbortController()
  const kept: string[] = []
  const add = controller.signal.addEventListener.bind(controller.signal)
  const remove = controller.signal.removeEventListener.bind(controller.signal)
  controller.signal.addEventListener = (type: string, listener: () => void) => {
    kept.push(type)
    add(type, listener)
  }
  controller.signal.removeEventListener = (type: string, listener: () => void) => {
    kept.splice(kept.indexOf(type), 1)
    remove(type, listener)
  }
  const seen: unknown[] = []
  const stop = old.on('change', event => seen.push(event), { initial: true, signal: controller.signal })
  registry.scope('a').mark('next')
  stop()

  expect(seen).toEqual([])
  expect(kept).toEqual([])
  expect(() => old.on('change', 1 as unknown as () => void)).toThrow(TypeError)
})

it('refuses the default scope, with a warning', () => {
  const { registry, lines } = createTestRegistry()
  registry.default.mark('stuck')
  expect(registry.release('default')).toBe(false)
  expect(registry.default.release()).toBe(false)
  expect(registry.has('default')).toBe(true)
  expect(registry.default.isWedged()).toBe(true)
  expect(lines.slice(1)).toEqual(
    Array(2).fill({
      level: 'warn',
      message: expect.stringContaining('release ignored'),
      fields: { scope: 'default' },
    }),
  )
})

it('hands the banner to the next primary', () => {
  const { registry, lines } = createTestRegistry()
  registry.scope('a').mark('a stuck')
  registry.scope('b').mark('b stuck')
  registry.scope('a').release()
  expect(registry.reason()).toBe('b stuck')
  expect(lines.at(-1)?.message).toBe('runtime wedge released with its scope — 1 still wedged, workspace stays degraded')
})

it('inside a listener leaves nothing undelivered', () => {
  const { registry } = createTestRegistry()
  const state = registry.scope('a')
  const seen: string[] = []
  state.on('change', ({ type, by }) => {
    seen.push(`first ${type} ${by}`)
    state.release()
  })
  state.on('change', ({ type, by }) => seen.push(`second ${type} ${by}`))
  registry.on('scopes', ({ type }) => seen.push(type))
  state.mark('stuck')

  expect(seen).toEqual([
    'first wedged mark',
    'second wedged mark',
    'first cleared release',
    'second cleared release',
    'released',
  ])
})

it('a later `on` of the old handle is dead also after marks that were ignored', () => {
  const { registry } = createTestRegistry()
  const old = registry.scope('a')
  old.release()
  old.mark('late')
  const { signal } = new AbortController()
  const removed = vi.spyOn(signal, 'removeEventListener')
  old.on('change', () => {}, { signal })
  expect(removed).toHaveBeenCalledOnce()
})

import type { WedgeLogger, WedgeState } from '@runtime-wedge/core'
import { WedgeRegistry } from '@runtime-wedge/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const REFUSED = 'runtime wedge transition refused after a chain of 100 transitions'

/** A registry whose log goes to `write`, and the lines that tell of a limit. */
function open({ write = () => {}, now = () => 0 }: { write?: () => void; now?: () => number } = {}) {
  const limits: string[] = []
  const log = (_: object, message: string): void => {
    if (/refused|unsubscribed/.test(message)) limits.push(message)
    write()
  }
  const logger: WedgeLogger = { error: log, warn: log, info: log }
  return { registry: new WedgeRegistry({ logger, now }), limits }
}

function toggle(state: WedgeState): void {
  state.isWedged() ? state.clear() : state.mark('flip')
}

/** Foreign code that makes one more transition each time it is called; `begin` makes the first. */
const NESTED: Record<string, () => { registry: WedgeRegistry; limits: string[]; begin: () => void }> = {
  'a logger'() {
    const opened = open({ write: () => toggle(opened.registry.default) })
    return { ...opened, begin: () => opened.registry.default.mark('stuck') }
  },
  'a clock'() {
    let scopes = 0
    let isRunning = false
    const mark = (): unknown => opened.registry.scope(`${scopes++}`).mark('stuck')
    const opened = open({
      now() {
        if (isRunning) mark()
        return 0
      },
    })
    isRunning = true
    return { ...opened, begin: mark }
  },
  'a reason'() {
    const opened = open()
    let scopes = 0
    const mark = (): unknown => opened.registry.scope(`${scopes++}`).mark(reason as Error)
    const reason = {
      get message() {
        mark()
        return 'stuck'
      },
    }
    return { ...opened, begin: mark }
  },
  'an abort listener'() {
    const opened = open()
    let scopes = 0
    const mark = (): void => {
      const state = opened.registry.scope(`${scopes++}`)
      state.signal.addEventListener('abort', mark)
      state.mark('stuck')
    }
    return { ...opened, begin: mark }
  },
}

describe('foreign code that makes transitions inside one another', () => {
  it.each(Object.entries(NESTED))('makes the first 100, and one line tells of those refused: %s', (_, make) => {
    const { registry, limits, begin } = make()
    begin()
    expect(registry.snapshot().version).toBe(100)
    expect(limits).toEqual([REFUSED])
  })

  it.each(Object.entries(NESTED))('leaves a registry that works as before: %s', (_, make) => {
    const { registry, begin } = make()
    begin()
    const heard: number[] = []
    const { version } = registry.snapshot()
    registry.on('change', event => heard.push(event.version))
    begin()
    expect(registry.snapshot().version).toBe(version + 100)
    expect(heard).toEqual(Array.from({ length: 100 }, (_, index) => version + 1 + index))
  })

  it('is not limited while it stays shorter', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), length => {
        let left = length
        const { registry, limits } = open({ write: () => left-- > 0 && toggle(registry.default) })
        registry.default.mark('stuck')
        expect([registry.snapshot().version, limits]).toEqual([1 + length, []])
      }),
    )
  })
})

describe('foreign code that branches', () => {
  it('ends after about 100,000 calls: a logger that toggles two scopes for each line', () => {
    let calls = 0
    const { registry, limits } = open({
      write() {
        calls++
        toggle(registry.scope('a'))
        toggle(registry.scope('b'))
      },
    })
    registry.default.mark('stuck')
    expect(calls).toBeGreaterThan(100_000)
    expect(calls).toBeLessThan(300_000)
    expect(limits).toHaveLength(1)
  })

  it('ends: a listener that toggles two scopes for each event', () => {
    let calls = 0
    const { registry, limits } = open()
    registry.on('change', () => {
      calls++
      toggle(registry.scope('a'))
      toggle(registry.scope('b'))
    })
    registry.default.mark('stuck')
    expect(calls).toBeLessThan(300_000)
    expect(limits.at(-1)).toBe('runtime wedge listener unsubscribed after 100,000 calls that made one another')
    const { version } = registry.snapshot()
    registry.default.clear()
    expect(registry.snapshot().version).toBe(version + 1)
  })
})

describe('`initial` inside `initial`', () => {
  it('ends after 100 subscriptions, each made inside the one before', () => {
    let calls = 0
    const { registry, limits } = open()
    registry.default.mark('stuck')
    const subscribe = (): void => {
      registry.on('change', listener, { initial: true, once: true })
    }
    const listener = (): void => {
      calls++
      subscribe()
    }
    subscribe()
    expect(calls).toBeLessThanOrEqual(101)
    expect(limits).toEqual([
      'runtime wedge listener unsubscribed after 100 subscriptions with "initial", each made inside the one before',
    ])
    expect(registry.default.clear()).toBe(true)
  })
})

describe('a wide fan-out from one event is no chain', () => {
  it.each([101, 150_000])('%i transitions', width => {
    const { registry, limits } = open()
    let heard = 0
    registry.on('change', ({ scope }) => {
      heard++
      for (let index = 0; scope === 'default' && index < width; index++) registry.scope(`${index}`).mark('gone')
    })
    registry.default.mark('the gateway is gone')
    expect([heard, registry.wedgedCount, limits]).toEqual([1 + width, 1 + width, []])
  })
})

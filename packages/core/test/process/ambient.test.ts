import { clearWedge, defaultRegistry, isWedged, markWedged, wedgeReason } from '@runtime-wedge/core'
import { captureLogs, createTestRegistry, resetForTest } from '@runtime-wedge/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { loneCopy } from '../support/lone-copy.ts'

beforeEach(() => {
  resetForTest()
  captureLogs()
})
afterEach(() => resetForTest())

describe('run', () => {
  it('gives what fn gives, and throws what it throws', async () => {
    const { registry } = createTestRegistry()
    const error = new Error('its own')
    expect(registry.run('a', () => 42)).toBe(42)
    expect(await registry.run('a', async () => 43)).toBe(43)
    expect(() =>
      registry.run('a', () => {
        throw error
      }),
    ).toThrow(error)
    await expect(registry.run('a', () => Promise.reject(error))).rejects.toBe(error)
  })

  it('makes the state on entry, and refuses an fn that is none', () => {
    const { registry } = createTestRegistry()
    registry.run('a', () => expect(registry.has('a')).toBe(true))
    expect(() => registry.run('b', undefined as unknown as () => void)).toThrow(
      /^run\(key, fn\) needs a function, got undefined\. Pass the work/,
    )
    expect(() => registry.bind('b', 1 as unknown as () => void)).toThrow(
      /^bind\(key, fn\) needs a function, got 1\. Pass the callback/,
    )
    expect(registry.has('b')).toBe(false)
  })

  it('makes all four functions act on and read that scope alone, through awaits and timers', async () => {
    const { registry } = createTestRegistry()
    defaultRegistry().scope('elsewhere').mark('elsewhere stuck')
    registry.scope('neighbour').mark('neighbour stuck')

    await registry.run('a', async () => {
      expect([isWedged(), wedgeReason()]).toEqual([false, ''])
      await null
      markWedged('a stuck')
      await new Promise(resolve => setTimeout(resolve))
      expect([isWedged(), wedgeReason()]).toEqual([true, 'a stuck'])
      expect(registry.scope('a').reason()).toBe('a stuck')
      queueMicrotask(clearWedge)
      await null
      expect([isWedged(), wedgeReason()]).toEqual([false, ''])
    })

    expect(registry.scope('neighbour').isWedged()).toBe(true)
    expect([isWedged(), wedgeReason()]).toEqual([true, 'elsewhere stuck'])
    expect(defaultRegistry().default.isWedged()).toBe(false)
  })

  it('keeps two that interleave apart', async () => {
    const { registry } = createTestRegistry()
    const adapter = async (own: string): Promise<void> => {
      await null
      markWedged(`${own} stuck`)
      await null
      expect(wedgeReason()).toBe(`${own} stuck`)
      if (own === 'a') clearWedge()
      await null
    }
    await Promise.all([registry.run('a', () => adapter('a')), registry.run('b', () => adapter('b'))])
    expect([registry.scope('a').isWedged(), registry.scope('b').reason()]).toEqual([false, 'b stuck'])
  })

  it('nests, across registries too, and ends with fn', () => {
    const [one, other] = [createTestRegistry().registry, createTestRegistry().registry]
    one.run('outer', () => {
      other.run('inner', () => markWedged('inner stuck'))
      expect([isWedged(), other.reason()]).toEqual([false, 'inner stuck'])
      markWedged('outer stuck')
    })
    expect(one.reason()).toBe('outer stuck')
    expect(isWedged()).toBe(false)
  })

  it('binds to the state, not to the key: after its release marks are inert', () => {
    const { registry } = createTestRegistry()
    registry.run('a', () => {
      registry.release('a')
      const next = registry.scope('a')
      markWedged('late')
      clearWedge()
      expect([isWedged(), wedgeReason(), next.isWedged()]).toEqual([false, '', false])
      expect(registry.current).not.toBe(next)
    })
  })
})

describe('current', () => {
  it("is the ambient scope's state if that is of this registry, else the default's", () => {
    const [one, other] = [createTestRegistry().registry, createTestRegistry().registry]
    expect(one.current).toBe(one.default)
    one.run('a', () => {
      expect(one.current).toBe(one.scope('a'))
      expect(other.current).toBe(other.default)
      expect(defaultRegistry().current).toBe(defaultRegistry().default)
    })
    expect(one.current).toBe(one.default)
  })
})

describe('bind', () => {
  it('runs fn in the scope whenever it is called, with its arguments, its this and its result', () => {
    const { registry } = createTestRegistry()
    const host = {
      name: 'host',
      onClose: registry.bind('a', function (this: { name: string }, code: number, why: string) {
        markWedged(why)
        return `${this.name} ${code} ${registry.current.scope}`
      }),
    }
    expect(registry.has('a')).toBe(true)
    expect(host.onClose(1, 'closed')).toBe('host 1 a')
    expect(registry.scope('a').reason()).toBe('closed')
    registry.run('b', () => host.onClose(1, 'again'))
    expect(registry.scope('a').marks).toBe(2)
  })

  it('keeps name and number of parameters, by which frameworks tell callbacks apart', () => {
    const { registry } = createTestRegistry()
    const bound = registry.bind('a', function onError(_error: unknown, _next: unknown): void {})
    expect([bound.name, bound.length]).toEqual(['onError', 2])
  })
})

describe('listeners', () => {
  it('are delivered outside any ambient scope, wherever the transition was made, also initial ones', async () => {
    const { registry } = createTestRegistry()
    const seen: string[] = []
    const look = (): number => seen.push(registry.current.scope)
    registry.run('a', () => {
      registry.on('change', look)
      registry.on('aggregate', look)
      registry.on('scopes', look)
      registry.scope('b')
      markWedged('stuck')
      registry.on('change', look, { initial: true })
      registry.scope('a').on('change', () => registry.run('b', () => registry.scope('c').mark('stuck')), { once: true })
      clearWedge()
    })
    await registry.run('a', async () => {
      await null
      markWedged('stuck')
    })
    expect(seen.length).toBeGreaterThan(8)
    expect(new Set(seen)).toEqual(new Set(['default']))
  })

  it('find the ambient scope restored behind them', () => {
    const { registry } = createTestRegistry()
    registry.on('change', () => {})
    registry.run('a', () => {
      markWedged('stuck')
      expect(registry.current.scope).toBe('a')
    })
  })
})

describe('where there is no AsyncLocalStorage', () => {
  it('run says so in a browser too, where there is no process', async () => {
    const copy = await loneCopy(undefined)
    const registry = new copy.WedgeRegistry({ logger: { error() {}, warn() {}, info() {} } })
    vi.stubGlobal('process', undefined)
    try {
      expect(() => registry.run('a', () => {})).toThrow('run() and bind() need AsyncLocalStorage')
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it('run and bind say so and what to do instead; all else works', async () => {
    // The storage of this process is made already: only a copy that shares no slot has to make one.
    const copy = await loneCopy(undefined)
    vi.stubGlobal('process', { ...process, getBuiltinModule: undefined })
    try {
      const registry = new copy.WedgeRegistry({ logger: { error() {}, warn() {}, info() {} } })
      const message = /run.*AsyncLocalStorage.*scope\(key\)/
      expect(() => registry.run('a', () => {})).toThrow(message)
      expect(() => registry.bind('a', () => {})).toThrow(message)
      expect(registry.has('a')).toBe(false)
      registry.on('change', () => {})
      registry.scope('a').mark('stuck')
      expect([registry.reason(), registry.current.scope]).toEqual(['stuck', 'default'])

      vi.stubGlobal('AsyncLocalStorage', (await import('node:async_hooks')).AsyncLocalStorage)
      expect(registry.run('a', () => registry.current.scope)).toBe('a')
    } finally {
      vi.unstubAllGlobals()
    }
  })
})

describe('loggers and abort listeners', () => {
  it('run outside any ambient scope as listeners do, wherever the transition was made', async () => {
    const { registry } = createTestRegistry()
    const seen: Record<string, string> = {}
    const look = (name: string) => (): void => {
      seen[name] = registry.current.scope
    }
    registry.logger = { error: look('error'), warn: look('warn'), info: look('info') }
    registry.scope('b').signal.addEventListener('abort', look('abort'))
    const wait = registry.run('a', () => {
      registry.scope('b').mark('stuck')
      registry.scope('b').clear()
      registry.release('default')
      registry.scope('c').mark(new Error('gone'))
      return registry.scope('c').attempt().succeed()
    })
    expect(wait).toBe(true)
    expect(seen).toEqual({ error: 'default', warn: 'default', info: 'default', abort: 'default' })
  })

  it('that a failing listener or a refusal logs to, too', () => {
    const { registry } = createTestRegistry()
    const seen: string[] = []
    registry.logger = { error: () => seen.push(registry.current.scope), warn() {}, info() {} }
    registry.scope('b').mark('stuck')
    seen.length = 0
    registry.run('a', () => {
      registry.on(
        'change',
        () => {
          throw new Error('listener broke')
        },
        { initial: true },
      )
    })
    expect(seen).toEqual(['default'])
  })
})

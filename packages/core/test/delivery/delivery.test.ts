import { WedgeRegistry } from '@runtime-wedge/core'
import { createTestRegistry } from '@runtime-wedge/testing'
import { describe, expect, it, vi } from 'vitest'

const RESET = Symbol.for('runtime-wedge.reset')
const reset = (registry: WedgeRegistry): void => (registry as unknown as Record<symbol, () => void>)[RESET]!()

describe('order', () => {
  it('of one transition: log line, signal, change, aggregate, scopes; all of them on committed state', () => {
    const steps: string[] = []
    const step = (name: string): void => {
      steps.push(`${name}: ${registry.isWedged()} ${registry.snapshot().version} ${registry.has('a')}`)
    }
    const log = (_: object, message: string): void => step(`log ${message.split(' ')[2]}`)
    const registry = new WedgeRegistry({ logger: { error: log, warn: log, info: log } })
    const state = registry.scope('a')
    registry.on('scopes', ({ type }) => step(`scopes ${type}`))
    registry.on('aggregate', ({ changed }) => step(`aggregate ${changed}`))
    state.on('change', ({ type }) => step(`own change ${type}`))
    registry.on('change', ({ type }) => step(`change ${type}`))
    state.signal.addEventListener('abort', () => step('signal'))

    state.mark('stuck')
    expect(steps.splice(0)).toEqual([
      'log detected:: true 1 true',
      'signal: true 1 true',
      'change wedged: true 1 true',
      'own change wedged: true 1 true',
      'aggregate flag: true 1 true',
    ])
    state.release()
    expect(steps).toEqual([
      'log released: false 2 false',
      'change cleared: false 2 false',
      'own change cleared: false 2 false',
      'aggregate flag: false 2 false',
      'scopes released: false 2 false',
    ])
  })

  it('is that of the transitions, for every listener, also when listeners mark and clear', () => {
    const { registry } = createTestRegistry()
    const heard: string[][] = [[], [], []]
    const note = (index: number): void => {
      registry.on('change', event => {
        heard[index]!.push(`${event.version} ${event.scope} ${event.type}`)
        if (index === 1 && event.scope === 'a' && event.type === 'wedged') {
          registry.scope('b').mark('by a listener')
          registry.scope('a').clear()
        }
        if (index === 0 && event.scope === 'b') registry.scope('c').mark('by another')
      })
    }
    note(0)
    note(1)
    note(2)
    registry.scope('a').mark('stuck')

    expect(heard[0]).toEqual(['1 a wedged', '2 b wedged', '3 a cleared', '4 c wedged'])
    expect(heard[1]).toEqual(heard[0])
    expect(heard[2]).toEqual(heard[0])
  })

  it('lets an event tell its moment, and a read the present', () => {
    const { registry } = createTestRegistry()
    const seen: unknown[] = []
    registry.on('change', ({ type }) => {
      if (type === 'wedged') registry.default.clear()
    })
    registry.on('change', ({ aggregate }) => seen.push([aggregate.wedged, registry.isWedged()]))
    registry.default.mark('stuck')
    expect(seen).toEqual([
      [true, false],
      [false, false],
    ])
  })

  it('does not let the transitions of an abort listener or a logger overtake', () => {
    const { registry } = createTestRegistry()
    const seen: string[] = []
    registry.on('change', ({ version, scope }) => seen.push(`${version} ${scope}`))
    registry.logger = {
      error: (fields: { scope?: string }) => fields.scope === 'a' && registry.scope('b').mark('by the logger'),
      warn() {},
      info() {},
    }
    registry.scope('a').signal.addEventListener('abort', () => registry.scope('c').mark('by the signal'))
    registry.scope('a').mark('stuck')
    expect(seen).toEqual(['1 a', '2 b', '3 c'])
  })
})

describe('a listener', () => {
  it('gets nothing from before its `on`, though it may still be on its way', () => {
    const { registry } = createTestRegistry()
    const late: number[] = []
    let skipped = -1
    registry.on('change', ({ version }) => {
      if (version !== 1) return
      registry.scope('b').mark('queued before the on call')
      registry.on('change', event => late.push(event.version))
      skipped = registry.snapshot().version
      registry.scope('c').mark('queued after it')
    })
    registry.scope('a').mark('stuck')
    expect(skipped).toBe(2)
    expect(late).toEqual([3])
  })

  it('that was removed inside a delivery gets nothing more, whether it stands before or after', () => {
    const { registry } = createTestRegistry()
    const seen: string[] = []
    const stops: (() => void)[] = []
    stops.push(registry.on('change', ({ version }) => seen.push(`first ${version}`)))
    registry.on('change', ({ version }) => {
      if (version !== 2) return
      for (const stop of stops) stop()
      registry.scope('c').mark('stuck')
    })
    stops.push(registry.on('change', ({ version }) => seen.push(`last ${version}`)))
    registry.scope('a').mark('stuck')
    registry.scope('b').mark('stuck')
    expect(seen).toEqual(['first 1', 'last 1', 'first 2'])
  })

  it('may be subscribed twice; each subscription ends by itself', () => {
    const { registry } = createTestRegistry()
    let count = 0
    const listener = (): void => {
      count++
    }
    const stop = registry.on('change', listener)
    registry.on('change', listener)
    registry.scope('a').mark('stuck')
    expect(count).toBe(2)
    stop()
    stop()
    stop[Symbol.dispose]()
    registry.scope('b').mark('stuck')
    expect(count).toBe(3)
  })

  it('is disposable', () => {
    const { registry } = createTestRegistry()
    const seen: unknown[] = []
    {
      using _ = registry.on('change', event => seen.push(event))
      registry.scope('a').mark('stuck')
    }
    registry.scope('b').mark('stuck')
    expect(seen).toHaveLength(1)
  })

  it('with `once` gets one event, also when it makes more itself', () => {
    const { registry } = createTestRegistry()
    const seen: number[] = []
    registry.on(
      'change',
      ({ version }) => {
        seen.push(version)
        registry.default.clear()
      },
      { once: true },
    )
    registry.default.mark('stuck')
    registry.default.mark('again')
    expect(seen).toEqual([1])
  })

  it('whose signal aborts gets nothing of what another listener of the abort does', () => {
    const { registry } = createTestRegistry()
    const seen: string[] = []
    const controller = new AbortController()
    controller.signal.addEventListener('abort', () => registry.default.mark('by the abort'))
    registry.on('change', ({ scope }) => seen.push(scope), { signal: controller.signal })
    controller.abort()
    expect(seen).toEqual([])
  })

  it('whose signal aborted gets nothing more: before, between, and inside a delivery', () => {
    const { registry } = createTestRegistry()
    const seen: string[] = []
    const controller = new AbortController()
    const { signal } = controller
    signal.addEventListener('abort', () => registry.scope('c').mark('by the abort'))
    registry.on('change', ({ scope }) => {
      if (scope === 'b') controller.abort()
    })
    registry.on('change', ({ scope }) => seen.push(scope), { signal })
    registry.scope('a').mark('stuck')
    registry.scope('b').mark('stuck')
    registry.scope('d').mark('stuck')
    registry.on('change', ({ scope }) => seen.push(scope), { signal, initial: true })
    expect(seen).toEqual(['a'])
  })

  it('is called without `this`, and with nothing but the event', () => {
    const { registry } = createTestRegistry()
    const calls: unknown[][] = []
    registry.on('change', function (this: unknown, ...args: unknown[]) {
      calls.push([this, args.length])
    })
    registry.default.mark('stuck')
    expect(calls).toEqual([[undefined, 1]])
  })

  it.each(['throws', 'rejects', 'returns a thenable that rejects', 'returns a thenable that throws'])(
    'that %s reaches the log, and nobody else',
    async how => {
      const { registry, lines } = createTestRegistry()
      const err = new Error('listener broke')
      const seen: number[] = []
      registry.on('change', () => {
        if (how === 'throws') throw err
        if (how === 'rejects') return Promise.reject(err)
        // biome-ignore lint/suspicious/noThenProperty: what is tested.
        if (how.endsWith('rejects')) return { then: (_: unknown, no: (error: unknown) => void) => no(err) }
        return {
          // biome-ignore lint/suspicious/noThenProperty: what is tested.
          then() {
            throw err
          },
        }
      })
      registry.on('change', ({ version }) => seen.push(version))

      expect(registry.scope('a').mark('stuck')).toBe(true)
      await Promise.resolve()

      expect(seen).toEqual([1])
      expect(lines.slice(1)).toEqual([
        { level: 'error', message: 'runtime wedge listener failed', fields: { event: 'change', scope: 'a', err } },
      ])
    },
  )

  it.each([
    ['aggregate', ['a', 'a']],
    // Added and released; added and, by its first success, proven.
    ['scopes', ['b', 'b', 'a', 'a']],
  ] as const)('of %s that throws is named as well', (name, expected) => {
    const { registry, lines } = createTestRegistry()
    const fail = (): never => {
      throw new Error('listener broke')
    }
    registry.on(name, fail)
    registry.scope('b')
    registry.release('b')
    registry.scope('a').mark('stuck')
    registry.scope('a').clear()
    const failures = lines.filter(line => line.message === 'runtime wedge listener failed')
    expect(failures.map(({ fields }) => [fields.event, fields.scope])).toEqual(expected.map(scope => [name, scope]))
  })
})

describe('initial', () => {
  it('gives one wedged event per wedged scope, primary first, with the version in force, before on returns', () => {
    const { registry, clock } = createTestRegistry({ start: 10 })
    registry.scope('b').mark('b stuck')
    clock.advance(5)
    registry.scope('a').mark('a stuck')
    registry.scope('c').mark('c stuck')
    registry.scope('c').clear()
    clock.advance(5)
    const events: unknown[] = []
    registry.on('change', event => events.push(event), { initial: true })

    const aggregate = { wedged: true, reason: 'b stuck', scope: 'b', since: 10, count: 2 }
    const common = { type: 'wedged', by: 'mark', version: 4, aggregate }
    expect(events).toEqual([
      { ...common, scope: 'b', reason: 'b stuck', since: 10, at: 10 },
      { ...common, scope: 'a', reason: 'a stuck', since: 15, at: 15 },
    ])
    expect(events.every(Object.isFrozen)).toBe(true)
  })

  it('gives a state listener its own scope alone, and nothing when that is healthy', () => {
    const { registry } = createTestRegistry()
    registry.scope('a').mark('stuck')
    registry.scope('b').mark('stuck')
    const seen: string[] = []
    registry.scope('b').on('change', ({ scope, type }) => seen.push(`${scope} ${type}`), { initial: true })
    registry.scope('c').on('change', ({ scope, type }) => seen.push(`${scope} ${type}`), { initial: true })
    expect(seen).toEqual(['b wedged'])
    registry.scope('b').clear()
    registry.scope('c').mark('stuck')
    expect(seen).toEqual(['b wedged', 'b cleared', 'c wedged'])
  })

  it('with `once` is done after the first of them, or waits for the next event', () => {
    const { registry } = createTestRegistry()
    const seen: string[] = []
    registry.on('change', ({ scope }) => seen.push(`waiting ${scope}`), { initial: true, once: true })
    registry.scope('a').mark('stuck')
    registry.scope('b').mark('stuck')
    registry.on('change', ({ scope }) => seen.push(`at once ${scope}`), { initial: true, once: true })
    registry.scope('b').clear()
    expect(seen).toEqual(['waiting a', 'at once a'])
  })

  it('comes before all that its own reaction makes, and exactly once inside a delivery', () => {
    const { registry } = createTestRegistry()
    const seen: string[] = []
    registry.scope('a').mark('stuck')
    registry.on(
      'change',
      ({ version }) => {
        if (version !== 2) return
        registry.scope('c').mark('queued, and told as initial')
        registry.on(
          'change',
          event => {
            seen.push(`${event.version} ${event.scope} ${event.type}`)
            if (seen.length === 1) registry.scope('b').clear()
          },
          { initial: true },
        )
        seen.push('on returned')
      },
      { initial: false },
    )
    registry.scope('b').mark('stuck')
    expect(seen).toEqual(['3 a wedged', '3 b wedged', '3 c wedged', 'on returned', '4 b cleared'])
  })

  it('stops when the listener is unsubscribed, aborted or reset in between', () => {
    const { registry } = createTestRegistry()
    const controller = new AbortController()
    const seen: string[] = []
    registry.scope('a').mark('stuck')
    registry.scope('b').mark('stuck')
    registry.on(
      'change',
      ({ scope }) => {
        seen.push(`aborted ${scope}`)
        controller.abort()
      },
      { initial: true, signal: controller.signal },
    )
    registry.on(
      'change',
      ({ scope }) => {
        seen.push(`reset ${scope}`)
        reset(registry)
      },
      { initial: true },
    )
    expect(seen).toEqual(['aborted a', 'reset a'])
  })

  it('that throws is logged', () => {
    const { registry, lines } = createTestRegistry()
    registry.scope('a').mark('stuck')
    const fail = (): never => {
      throw new Error('listener broke')
    }
    const stop = registry.on('change', fail, { initial: true })
    expect(lines.at(-1)?.fields).toMatchObject({ event: 'change', scope: 'a' })
    stop()
  })
})

describe('reset inside a delivery', () => {
  it('drops what waits, for the listeners that come after too, and nothing of what follows', () => {
    const { registry } = createTestRegistry()
    const seen: string[] = []
    registry.on('change', ({ version, scope }) => {
      seen.push(`first ${version} ${scope}`)
      if (version !== 1) return
      registry.scope('b').mark('dropped')
      reset(registry)
      registry.scope('c').mark('kept')
    })
    registry.on('change', ({ version, scope }) => seen.push(`second ${version} ${scope}`))
    registry.scope('a').mark('stuck')

    expect(seen).toEqual(['first 1 a', 'first 4 c', 'second 4 c'])
    expect(registry.snapshot()).toMatchObject({ count: 1, scope: 'c', version: 4 })
  })

  it('keeps scopes, handles, listeners and signals, makes attempts inert, and tells nobody', () => {
    const { registry, lines } = createTestRegistry()
    const state = registry.scope('a')
    const { signal } = state
    const seen: string[] = []
    state.on('change', ({ type }) => seen.push(type))
    const fromHealthy = state.attempt()
    state.mark('stuck', { cause: 1 })
    const fromWedged = state.attempt()
    const next = state.signal
    const logged = lines.length
    reset(registry)

    expect(state).toMatchObject({ since: null, marks: 0, cause: undefined })
    expect([registry.isWedged(), registry.size, registry.scope('a') === state]).toEqual([false, 2, true])
    expect([fromHealthy.fail('late'), fromWedged.fail('late'), fromWedged.succeed()]).toEqual([false, false, false])
    state.mark('anew')
    expect([fromHealthy.fail('late'), fromWedged.succeed(), state.marks]).toEqual([false, false, 1])
    expect(signal.aborted && next.aborted).toBe(true)
    expect(seen).toEqual(['wedged', 'wedged'])
    expect(lines).toHaveLength(logged + 1)
    expect(registry.snapshot().version).toBe(3)
  })

  it('makes attempts inert that began while all was healthy', () => {
    const { registry } = createTestRegistry()
    const attempt = registry.default.attempt()
    reset(registry)
    expect(attempt.fail('late')).toBe(false)
    expect(registry.default.attempt().fail('new')).toBe(true)
  })
})

it('gives initial events to a listener of changes alone', () => {
  const { registry } = createTestRegistry()
  registry.default.mark('stuck')
  const seen: unknown[] = []
  for (const name of ['aggregate', 'scopes'] as const) {
    registry.on(name, event => seen.push(event), { initial: true } as object)
  }
  expect(seen).toEqual([])
})

it('delivers what an initial listener does before on() returns', () => {
  const { registry } = createTestRegistry()
  registry.default.mark('stuck')
  const seen: string[] = []
  registry.on(
    'change',
    ({ type }) => {
      seen.push(type)
      registry.default.clear()
    },
    { initial: true },
  )
  expect(seen).toEqual(['wedged', 'cleared'])
})

it('a reset by an initial listener inside a delivery drops the event on its way too', () => {
  const { registry } = createTestRegistry()
  const seen: string[] = []
  registry.on('change', () => registry.on('change', () => reset(registry), { initial: true, once: true }), {
    once: true,
  })
  registry.on('change', ({ version }) => seen.push(`second ${version}`))
  registry.default.mark('stuck')
  expect(seen).toEqual([])
})

it('builds no event once the last listener is gone', () => {
  const { registry } = createTestRegistry()
  const reason = vi.spyOn(Object.getPrototypeOf(registry.default), 'reason')
  try {
    registry.on('change', () => {})()
    registry.default.on('change', () => {}, { once: true })
    registry.default.mark('stuck')
    expect(reason).toHaveBeenCalled()
    reason.mockClear()
    registry.default.clear()
    registry.default.mark('again')
    expect(reason).not.toHaveBeenCalled()
  } finally {
    reason.mockRestore()
  }
})

it.each([null, false, 0, ''])('refuses the signal %j, and subscribes nothing', signal => {
  const { registry } = createTestRegistry()
  const seen: unknown[] = []
  const options = { signal: signal as unknown as AbortSignal }
  expect(() => registry.on('change', event => seen.push(event), options)).toThrow(/AbortSignal/)
  registry.default.mark('stuck')
  expect(seen).toEqual([])
})

import {
  type WedgeAttempt,
  type WedgeChange,
  WedgeRegistry,
  type WedgeScopeChange,
  type WedgeState,
} from '@runtime-wedge/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'

const KEYS = ['default', 'a', 'b']
/** Then foreign code does nothing more: each call may cause several others. */
const MAX_CALLS = 500

const ACTIONS = {
  mark: world => world.state.mark('no answer'),
  'mark with a reason that is read': world => world.state.mark(world.reason as Error),
  clear: world => world.state.clear(),
  release: world => world.state.release(),
  attempt: world => world.attempts.push(world.state.attempt()),
  succeed: world => world.attempt?.succeed(),
  fail: world => world.attempt?.fail('no answer'),
  'mark in a scope': world => world.registry.run(world.state.scope, () => world.registry.current.mark('no answer')),
  listen: world => world.listen({}),
  'listen once': world => world.listen({ once: true }),
  'listen from the present on': world => world.listen({ initial: true }),
  'stop listening': world => world.stop(),
  'listen to the signal': world => world.listenToSignal(),
  wait: world => world.state.healthy(),
  iterate: world =>
    world.registry
      .changes({ limit: 2 })
      .next()
      .catch(() => {}),
  throw: world => {
    if (world.depth > 0) throw new Error('thrown by foreign code')
  },
} satisfies Record<string, (world: World) => unknown>

interface Step {
  readonly action: keyof typeof ACTIONS
  readonly key: string
}

/** A registry whose logger, clock, reasons and listeners all act on it. */
class World {
  readonly registry: WedgeRegistry
  readonly attempts: WedgeAttempt[] = []
  readonly changes: WedgeChange[] = []
  readonly proven = new Set<string>()
  readonly faults: string[] = []
  readonly reason: { readonly message: string }
  depth = 0
  #key = 'default'
  #calls = 0
  #time = 0
  #isOpen = false
  readonly #reactions: readonly Step[]
  readonly #listeners: { stop(): void; hasStopped: boolean }[] = []

  constructor(reactions: readonly Step[]) {
    this.#reactions = reactions
    const log = (): void => this.react()
    const now = (): number => {
      this.react()
      return this.#time++
    }
    const react = (): void => this.react()
    this.reason = {
      get message() {
        react()
        return 'no answer'
      },
    }
    this.registry = new WedgeRegistry({ logger: { error: log, warn: log, info: log }, now })
    this.registry.on('change', event => this.changes.push(event))
    this.registry.on('scopes', event => this.#noteProof(event))
    this.#isOpen = true
  }

  get state(): WedgeState {
    return this.registry.scope(this.#key)
  }

  get attempt(): WedgeAttempt | undefined {
    return this.attempts.at(this.#calls % 3)
  }

  perform({ action, key }: Step): void {
    this.#key = key
    try {
      ACTIONS[action](this)
    } catch (error) {
      if (action === 'throw') throw error
      this.faults.push(`${action} threw ${error}`)
    }
  }

  /** Foreign code of any kind: it does the next thing of its script. */
  react(): void {
    const step = this.#reactions[this.#calls % Math.max(this.#reactions.length, 1)]
    if (!this.#isOpen || !step || this.depth > 4 || ++this.#calls > MAX_CALLS) return
    this.depth++
    try {
      this.perform(step)
    } finally {
      this.depth--
    }
  }

  listen(options: { once?: boolean; initial?: boolean }): void {
    let isOver = false
    const source: Pick<WedgeState, 'on'> = this.#calls % 2 === 0 ? this.registry : this.state
    const listener = { stop: () => {}, hasStopped: false }
    listener.stop = source.on(
      'change',
      () => {
        if (isOver || listener.hasStopped) this.faults.push('a listener heard an event after its end')
        isOver = options.once === true
        this.react()
      },
      options,
    )
    this.#listeners.push(listener)
  }

  listenToSignal(): void {
    this.state.signal.addEventListener('abort', () => {
      try {
        this.react()
      } catch {
        // The platform, and not the registry, makes of this an uncaught exception.
      }
    })
  }

  stop(): void {
    const listener = this.#listeners.shift()
    if (!listener) return
    listener.hasStopped = true
    listener.stop()
  }

  /** No foreign code any more. */
  close(): void {
    this.#isOpen = false
  }

  #noteProof({ type, scope }: WedgeScopeChange): void {
    if (type === 'released') this.proven.delete(scope)
    if (type !== 'proven') return
    if (this.proven.has(scope)) this.faults.push(`${scope} was announced as proven twice`)
    this.proven.add(scope)
  }
}

const steps = fc.array(
  fc.record({
    action: fc.constantFrom(...(Object.keys(ACTIONS) as (keyof typeof ACTIONS)[])),
    key: fc.constantFrom(...KEYS),
  }),
  { maxLength: 16, size: 'max' },
)

it('whatever foreign code does to the registry that calls it, nothing throws, is lost or gets out of step', {
  timeout: 60_000,
}, () => {
  fc.assert(
    fc.property(steps, steps, (program, reactions) => {
      const world = new World(reactions)
      for (const step of program) if (step.action !== 'throw') world.perform(step)
      world.close()

      const { registry, changes } = world
      const snapshot = registry.snapshot()
      expect(world.faults).toEqual([])
      expect(changes.map(({ version }) => version)).toEqual(Array.from(changes, (_, index) => index + 1))
      expect(changes).toHaveLength(snapshot.version)

      const replayed = new Map<string, unknown>()
      for (const { type, scope, reason, since } of changes) {
        if (type === 'wedged') replayed.set(scope, { scope, reason, since })
        else replayed.delete(scope)
      }
      expect(snapshot.scopes).toEqual(Array.from(replayed.values()))

      const states = Array.from(registry)
      expect(states.filter(state => state.isWedged()).length).toBe(registry.wedgedCount)
      expect(new Set(states.filter(state => state.proven).map(({ scope }) => scope))).toEqual(world.proven)

      const before = changes.length
      const fresh = registry.scope('a scope that no one has touched')
      expect([fresh.mark('no answer'), fresh.clear(), changes.length - before]).toEqual([true, true, 2])
    }),
    { numRuns: 2_000 },
  )
})

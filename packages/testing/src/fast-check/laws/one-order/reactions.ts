import type { WedgeChange, WedgedScope, WedgeSnapshot } from '@runtime-wedge/core'
import fc from 'fast-check'
import { operations } from '../../arbitraries.ts'
import { claim, claimEqual, claimLike } from '../../claims.ts'
import type { LawProperty } from '../../law.ts'
import { type WedgeOperation, WedgeSession } from '../../operation.ts'
import { openSubject, type RegistryUnderTest, type StateUnderTest } from '../../subject.ts'

const SCOPES = ['default', 'a', 'b']
const KINDS = ['mark', 'clear', 'release'] as const

/** What foreign code does to the registry that has called it. */
type Reaction =
  | WedgeOperation
  | { readonly do: 'listen'; readonly to: string; readonly once: boolean }
  | { readonly do: 'stop'; readonly listener: number }
  | { readonly do: 'abort'; readonly listener: number }

/** Whose code reacts, after how many calls, and how. */
interface Script {
  readonly by: 'registry listener' | 'scope listener' | 'logger' | 'signal'
  readonly after: number
  readonly scope: string
  readonly reaction: Reaction
}

const reaction: fc.Arbitrary<Reaction> = fc.oneof(
  operations({ scopes: SCOPES, kinds: KINDS, maxLength: 1 }).map(
    ([one]) => one ?? ({ do: 'clear', scope: 'a' } as const),
  ),
  fc.record({
    do: fc.constant('listen' as const),
    to: fc.constantFrom('registry', ...SCOPES),
    once: fc.boolean(),
  }),
  fc.record({ do: fc.constant('stop' as const), listener: fc.nat(7) }),
  fc.record({ do: fc.constant('abort' as const), listener: fc.nat(7) }),
)

const script: fc.Arbitrary<Script> = fc.record({
  by: fc.constantFrom('registry listener', 'scope listener', 'logger', 'signal'),
  after: fc.nat(2),
  scope: fc.constantFrom(...SCOPES),
  reaction,
})

/** One listener, and all events that it received. */
class Witness {
  readonly events: WedgeChange[] = []
  readonly name: string
  readonly #scope: string | undefined
  readonly #once: boolean
  readonly #from: number
  readonly #controller = new AbortController()
  readonly #unsubscribe: () => void
  #until = Number.POSITIVE_INFINITY
  #ended = false
  #heardMore = false

  constructor(name: string, registry: RegistryUnderTest, to: string, once: boolean, react?: () => void) {
    this.name = name
    this.#scope = to === 'registry' ? undefined : to
    this.#once = once
    const hear = (event: WedgeChange): void => {
      this.#heardMore ||= this.#ended
      this.events.push(event)
      react?.()
    }
    const { signal } = this.#controller
    const source: Pick<StateUnderTest, 'on'> = this.#scope === undefined ? registry : registry.scope(this.#scope)
    this.#unsubscribe = source.on('change', hear, { signal, once })
    this.#from = registry.snapshot().version
  }

  stop(): void {
    this.#ended = true
    this.#unsubscribe()
    this.#unsubscribe()
  }

  abort(): void {
    this.#ended = true
    this.#controller.abort()
  }

  /** A healthy scope is about to be released: that emits no `change`, but ends the scope's listeners. */
  endSilently(scope: string, version: number): void {
    if (this.#scope === scope) this.#until = Math.min(this.#until, version)
  }

  /** @param all the events of a listener that was there before the first transition */
  check(all: readonly WedgeChange[]): void {
    claim(!this.#heardMore, `${this.name} heard an event after it was removed`)
    const [from, until] = [this.#from, this.#until]
    let due = all.filter(({ version, scope }) => version > from && version <= until && (this.#scope ?? scope) === scope)
    const released = due.findIndex(({ by }) => this.#scope !== undefined && by === 'release')
    if (released >= 0) due = due.slice(0, released + 1)
    if (this.#once) due = due.slice(0, 1)
    if (this.#ended) due = due.slice(0, this.events.length)
    const told = (events: readonly WedgeChange[]): string[] =>
      events.map(({ version, type, scope }) => `${version}: ${scope} ${type}`)
    claimEqual(`events of ${this.name}`, told(this.events), told(due))
  }
}

/** Whatever listeners, loggers and abort listeners do to the registry. */
export const everyListenerHearsAllInOrder: LawProperty = make =>
  fc.property(
    fc.array(script, { maxLength: 6 }),
    operations({ scopes: SCOPES, kinds: KINDS, maxLength: 12 }),
    (scripts, run) => {
      const loggerScripts = scripts.filter(({ by }) => by === 'logger').map(countdown)
      const { registry, clock } = openSubject(make, { onLine: () => loggerScripts.forEach(play) })
      const session = new WedgeSession(registry, clock)
      const witnesses: Witness[] = []
      let transitions = 0
      const act = (operation: WedgeOperation): void => {
        const silent = operation.do === 'release' && !registry.scope(operation.scope).isWedged()
        if (silent && operation.scope !== 'default') {
          for (const witness of witnesses) witness.endSilently(operation.scope, registry.snapshot().version)
        }
        if (session.perform(operation) === true && !silent) transitions++
      }
      const react = (wanted: Reaction): void => {
        if (wanted.do === 'listen') {
          const name = `listener ${witnesses.length} (made by foreign code)`
          witnesses.push(new Witness(name, registry, wanted.to, wanted.once))
        } else if (wanted.do === 'stop' || wanted.do === 'abort') {
          witnesses[wanted.listener % witnesses.length]?.[wanted.do]()
        } else {
          act(wanted)
        }
      }
      function countdown({ after, reaction }: Script): { left: number; readonly reaction: Reaction } {
        return { left: after, reaction }
      }
      function play(counted: ReturnType<typeof countdown>): void {
        if (counted.left-- === 0) react(counted.reaction)
      }

      for (const key of SCOPES) registry.scope(key)
      const first = new Witness('the first listener', registry, 'registry', false)
      for (const one of scripts) {
        if (one.by === 'logger') continue
        const counted = countdown(one)
        if (one.by === 'signal') {
          registry.scope(one.scope).signal.addEventListener('abort', () => react(one.reaction), { once: true })
        } else {
          const to = one.by === 'registry listener' ? 'registry' : one.scope
          witnesses.push(new Witness(`listener ${witnesses.length}`, registry, to, false, () => play(counted)))
        }
      }
      const start = registry.snapshot()
      for (const operation of run) act(operation)

      const all = first.events
      claimEqual('the number of events', all.length, transitions)
      claim(
        all.every(({ version }, index) => version > (all[index - 1]?.version ?? start.version)),
        `the versions do not rise: ${all.map(({ version }) => version).join(', ')}`,
      )
      for (const witness of witnesses) witness.check(all)
      claimReplay(registry, all)
    },
  )

/** @throws Error unless the events, replayed over a snapshot (by default, of a healthy registry), lead to the present */
export function claimReplay(registry: RegistryUnderTest, events: readonly WedgeChange[], from?: WedgeSnapshot): void {
  const known = ({ scope, reason, since }: WedgedScope): [string, object] => [scope, { scope, reason, since }]
  const wedged = new Map((from?.scopes ?? []).map(known))
  for (const event of events) {
    if (event.version <= (from?.version ?? -1)) continue
    if (event.type === 'wedged') wedged.set(...known(event))
    else wedged.delete(event.scope)
  }
  claimEqual(
    'the events replayed over a snapshot',
    Object.fromEntries(wedged),
    Object.fromEntries(registry.snapshot().scopes.map(known)),
  )
  const { wedged: flag, reason, scope, since, count } = registry.snapshot()
  const last = events.at(-1)?.aggregate
  if (last !== undefined) claimLike('the last event.aggregate', last, { wedged: flag, reason, scope, since, count })
}

import {
  type Bindable,
  clearWedge,
  defaultRegistry,
  isWedged,
  markWedged,
  type Unsubscribe,
  type WedgeAggregate,
  type WedgeAggregateChange,
  type WedgeAttempt,
  type WedgeChange,
  type WedgeChangeListenOptions,
  type WedgeChanges,
  type WedgeChangesOptions,
  WedgedError,
  type WedgedScope,
  type WedgeEvents,
  type WedgeListenOptions,
  type WedgeLogger,
  type WedgeMarkOptions,
  type WedgeReader,
  WedgeRegistry,
  type WedgeRegistryOptions,
  type WedgeScopeChange,
  type WedgeSnapshot,
  type WedgeState,
  wedgeReason,
} from '@runtime-wedge/core'

type Scope = 'claude:1' | 'mcp:fs'

const logger: WedgeLogger = {
  error: (fields, message) => console.error(fields, message),
  warn: (fields, message) => console.warn(fields, message),
  info: (fields, message) => console.info(fields, message),
}
const options: WedgeRegistryOptions = { logger, now: () => Date.now() }
const registry = new WedgeRegistry<Scope>(options)
new WedgeRegistry({ logger: undefined, now: undefined })

markWedged('restart it')
markWedged(new Error('restart it'))
clearWedge()
export const four: [boolean, string] = [isWedged(), wedgeReason()]
export const shared: WedgeRegistry = defaultRegistry()
export const literal: WedgeRegistry<Scope> = defaultRegistry<Scope>()

const state: WedgeState<Scope> = registry.scope('claude:1')
const given: WedgeMarkOptions = { cause: new Error('exit 1') }
export const transitions: boolean[] = [state.mark('gone: restart it', given), state.clear(), state.release()]
const attempt: WedgeAttempt = state.attempt()
export const outcomes: boolean[] = [attempt.succeed(), attempt.fail(new Error('late'), { cause: undefined })]
export const readings: [string, number | null, number, unknown] = [state.scope, state.since, state.marks, state.cause]
export const healthy: Promise<void> = state.healthy({ signal: new AbortController().signal })
state.signal.addEventListener('abort', () => {
  const reason: unknown = state.signal.reason
  if (reason instanceof WedgedError) console.log(reason.scope, reason.message, reason.name)
})
export const made: WedgedError = new WedgedError('gone', 'mcp:fs', undefined)

export const readers: WedgeReader[] = [registry, state, registry.default, registry.current]
export const counts: [number, number, boolean, boolean] = [
  registry.size,
  registry.wedgedCount,
  registry.has('mcp:fs'),
  registry.release('mcp:fs'),
]
export const answer: Promise<number> = registry.run('mcp:fs', async () => 1)
export const bound: (name: string) => string = registry.bind('mcp:fs', (name: string) => name)
registry.logger = logger

const snapshot: WedgeSnapshot<Scope | 'default'> = registry.snapshot()
const json: WedgeSnapshot<Scope | 'default'> = registry.toJSON()
const wedged: readonly WedgedScope<Scope | 'default'>[] = [...snapshot.scopes, ...json.scopes]
for (const { scope, since, reason } of wedged) console.log(scope, since.toFixed(), reason.trim())
for (const { scope } of registry) console.log(scope satisfies Scope | 'default')
for (const { scope } of registry.wedgedStates()) console.log(scope satisfies Scope | 'default')

const once: WedgeListenOptions = { once: true, signal: undefined }
const initial: WedgeChangeListenOptions = { initial: true, ...once }
const onChange = (change: WedgeChange<Scope | 'default'>): void => {
  const aggregate: WedgeAggregate<Scope | 'default'> = change.aggregate
  console.log(change.type, change.by, change.at - change.since, change.version, aggregate.count)
}
const subscription: Unsubscribe = registry.on('change', onChange, initial)
const onAggregate = ({ changed, previous, current }: WedgeAggregateChange<Scope | 'default'>): void =>
  console.log(changed, previous.scope, current.scope)
const onScope = ({ type, scope }: WedgeScopeChange<Scope | 'default'>): void => console.log(type, scope)
subscription()
subscription[Symbol.dispose]()

export function listen(): void {
  using changes = registry.on('change', onChange)
  using aggregates = registry.on('aggregate', onAggregate, once)
  using scopes = registry.on('scopes', onScope)
  using own = state.on('change', change => change.scope satisfies Scope)
  console.log(changes, aggregates, scopes, own)
}

export function observe<Name extends keyof WedgeEvents<Scope>>(name: Name): Name {
  return name
}

class Client {
  readonly scope = 'own'
}
export const Bound: Bindable = registry.bind('claude:1', Client)
export const own: string = new (registry.bind('claude:1', Client))().scope
export async function follow(): Promise<string[]> {
  const limits: WedgeChangesOptions = { limit: 16, signal: undefined }
  const changes: WedgeChanges<Scope | 'default'> = registry.changes(limits)
  const first = await changes.next()
  if (!first.done) console.log(first.value.scope satisfies Scope | 'default')
  await changes.return?.()
  const seen: string[] = []
  for await (const { scope, type } of registry.changes({ signal: AbortSignal.abort() })) seen.push(`${scope} ${type}`)
  return seen
}

export async function* relay(): AsyncGenerator<WedgeChange<Scope | 'default'>, void, undefined> {
  yield* registry.changes()
}

// @ts-expect-error a key that the registry does not know
registry.scope('mcp:other')
// @ts-expect-error states are made by `scope` alone
registry.default = state
// @ts-expect-error an event that there is not
registry.on('changed', () => {})

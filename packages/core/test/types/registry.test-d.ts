/**
 * What must compile and, below each `@ts-expect-error`, what must not. `pnpm typecheck` compiles it against the source,
 * package.test.ts against the packed package, as a consumer would.
 */
import {
  type clearWedge,
  defaultRegistry,
  type isWedged,
  markWedged,
  type Unsubscribe,
  type WedgeAggregateChange,
  type WedgeChange,
  WedgedError,
  type WedgeReader,
  WedgeRegistry,
  type WedgeScopeChange,
  type WedgeSnapshot,
  type WedgeState,
  type wedgeReason,
} from '@runtime-wedge/core'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
/** Compiles when `A` and `B` are the same type. */
function same<A, B>(..._: Equal<A, B> extends true ? [] : ['these types differ']): void {}

type Key = 'claude:1' | 'mcp:fs'
const literal = new WedgeRegistry<Key>()
const open = new WedgeRegistry()

// Scope keys: any string by default, else the literals alone.
open.scope('anything').mark('stuck')
literal.scope('claude:1')
defaultRegistry<Key>().scope('mcp:fs')
// @ts-expect-error no scope of this registry
literal.scope('claude:2')
// @ts-expect-error no scope of this registry
literal.has('claude:2')
// @ts-expect-error no scope of this registry
literal.release('claude:2')
// @ts-expect-error no scope of this registry
literal.run('claude:2', () => {})
// @ts-expect-error no scope of this registry
literal.bind('claude:2', () => {})
// @ts-expect-error no scope of this registry
defaultRegistry<Key>().scope('claude:2')
// @ts-expect-error a key is a string
open.scope(1)
// @ts-expect-error a key is a string
open.scope(undefined)
// @ts-expect-error a registry of numbers is none
new WedgeRegistry<number>()

// States and events carry the literal scope type.
same<ReturnType<typeof literal.scope>, WedgeState<Key>>()
same<typeof literal.current, WedgeState<Key | 'default'>>()
same<typeof literal.default, WedgeState<'default'>>()
same<ReturnType<typeof literal.snapshot>, WedgeSnapshot<Key | 'default'>>()
same<WedgeState<Key>['scope'], Key>()
for (const state of literal.wedgedStates()) same<typeof state, WedgeState<Key | 'default'>>()
for (const state of literal) same<typeof state, WedgeState<Key | 'default'>>()
literal.on('change', event => same<typeof event, WedgeChange<Key | 'default'>>())
literal.on('aggregate', event => same<typeof event, WedgeAggregateChange<Key | 'default'>>())
literal.on('scopes', event => same<typeof event, WedgeScopeChange<Key | 'default'>>())
literal.scope('claude:1').on('change', event => same<typeof event, WedgeChange<Key>>())
export async function iterate(): Promise<void> {
  for await (const event of literal.changes()) same<typeof event, WedgeChange<Key | 'default'>>()
}
literal.on('change', event => {
  // @ts-expect-error no scope of this registry
  event.scope === 'claude:2'
  // @ts-expect-error events are immutable
  event.reason = ''
  // @ts-expect-error events are immutable
  event.aggregate.count = 0
})

// Event names.
same<ReturnType<typeof literal.on>, Unsubscribe>()
// @ts-expect-error no such event
open.on('wedged', () => {})
// @ts-expect-error no such event
open.on('Change', () => {})
// @ts-expect-error a scope has no aggregate
open.default.on('aggregate', () => {})
// @ts-expect-error a listener is a function
open.on('change', {})
// @ts-expect-error an aggregate event has no reason of its own
open.on('aggregate', ({ reason }) => reason)
// @ts-expect-error a listener takes the event of its name
open.on('scopes', (event: WedgeChange) => event)

// Marks.
same<ReturnType<WedgeState['mark']>, boolean>()
open.default.mark(new TypeError('gone'), { cause: 7 })
// @ts-expect-error a wedge has a reason
open.default.mark()
// @ts-expect-error a reason is a string or an Error
open.default.mark(42)
// @ts-expect-error no such option
open.default.mark('stuck', { because: 7 })
// @ts-expect-error read-only
open.default.since = 0
// @ts-expect-error a cause is to be looked at first
open.default.cause.message
open.default.attempt().fail('gone', { cause: undefined })
// @ts-expect-error a success has no reason
open.default.attempt().succeed('because')
// @ts-expect-error a failure has one
open.default.attempt().fail()

// run and bind keep the types of what they call.
same<ReturnType<typeof runs>, Promise<number>>()
function runs() {
  return open.run('a', async () => 42)
}
const bound = open.bind('a', (code: number, why?: string) => `${code} ${why}`)
same<typeof bound, (code: number, why?: string) => string>()
// @ts-expect-error a code is a number
bound('1')
// @ts-expect-error nothing to bind
open.bind('a', 'fn')

// The four functions, and who is a reader.
same<typeof markWedged, (reason: string | Error) => void>()
same<typeof clearWedge, () => void>()
same<typeof isWedged, () => boolean>()
same<typeof wedgeReason, () => string>()
// @ts-expect-error the original takes no options
markWedged('stuck', { cause: 7 })
export const readers: WedgeReader[] = [open, literal, open.default, literal.scope('claude:1')]
export const widened: WedgeState = literal.scope('claude:1')
// @ts-expect-error any string is more than the literals
export const narrowed: WedgeState<Key> = open.scope('claude:1')
same<WedgedError['scope'], string>()
export const error: Error = new WedgedError('stuck', 'a', undefined)

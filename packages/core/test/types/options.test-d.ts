/** Options; see registry.test-d.ts for how it is compiled. With `exactOptionalPropertyTypes`, every option admits `undefined`. */
import {
  type WedgeChangeListenOptions,
  type WedgeChangesOptions,
  type WedgeListenOptions,
  type WedgeLogger,
  type WedgeMarkOptions,
  WedgeRegistry,
  type WedgeRegistryOptions,
} from '@runtime-wedge/core'

type OptionalKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T]
/** Compiles when every optional property of `T` admits an explicit `undefined`. */
type AdmitsUndefined<T> = { [K in OptionalKeys<T>]: undefined } extends Pick<T, OptionalKeys<T>> ? true : false
export const admit: [
  AdmitsUndefined<WedgeRegistryOptions>,
  AdmitsUndefined<WedgeListenOptions>,
  AdmitsUndefined<WedgeChangeListenOptions>,
  AdmitsUndefined<WedgeChangesOptions>,
  AdmitsUndefined<WedgeMarkOptions>,
] = [true, true, true, true, true]
// The check itself can fail:
export const admitsNot: AdmitsUndefined<{ limit?: number }> = false

const signal: AbortSignal | undefined = undefined
const registry = new WedgeRegistry({ logger: undefined, now: undefined })
registry.on('change', () => {}, { signal, once: undefined, initial: undefined })
registry.on('aggregate', () => {}, { signal, once: true })
registry.default.on('change', () => {}, { signal, initial: true })
registry.changes({ signal, limit: undefined })
registry.default.healthy({ signal })
registry.default.mark('stuck', { cause: undefined })

// @ts-expect-error only changes have initial events
registry.on('aggregate', () => {}, { initial: true })
// @ts-expect-error only changes have initial events
registry.on('scopes', () => {}, { initial: true })
// @ts-expect-error no such option
registry.on('change', () => {}, { first: true })
// @ts-expect-error a signal, not its controller
registry.on('change', () => {}, { signal: new AbortController() })
// @ts-expect-error a limit is a number
registry.changes({ limit: '1' })
// @ts-expect-error changes are of the registry
registry.default.changes()
// @ts-expect-error no such option
registry.default.healthy({ timeoutMs: 1 })
// @ts-expect-error no such option
new WedgeRegistry({ log: undefined })
// @ts-expect-error a clock gives numbers
new WedgeRegistry({ now: () => new Date() })
// @ts-expect-error a logger has three methods
new WedgeRegistry({ logger: { error() {} } })
// @ts-expect-error a logger has three methods
registry.logger = undefined

export const logger: WedgeLogger = {
  error: (fields: object, message: string) => console.error(message, fields),
  warn: (fields, message) => console.warn(message, fields),
  info() {},
}
registry.logger = console

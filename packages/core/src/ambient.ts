import type { WedgeRegistry } from './registry.ts'
import { sharedSlot } from './slot.ts'
import type { WedgeState } from './types.ts'

/** What code inside `run` runs in: bound to the state, not to its key. */
export interface AmbientScope {
  readonly registry: WedgeRegistry
  readonly state: WedgeState
}

/** The part of `AsyncLocalStorage` that is used. One instance serves every copy of the package in a process. */
export interface AmbientStorage<Store> {
  getStore(): Store | undefined
  run<T, Args extends unknown[]>(store: Store | undefined, fn: (...args: Args) => T, ...args: Args): T
}

type StorageConstructor = new <Store>() => AmbientStorage<Store>

/** The ambient scope; `undefined` outside every `run`. Makes no storage, which would tax every `await` of the process. */
export function ambientScope(): AmbientScope | undefined {
  return sharedSlot().storage?.getStore()
}

/** Calls `fn` outside any ambient scope. */
export function runOutside(fn: () => void): void {
  if (ambientScope()) openStorage().run(undefined, fn)
  else fn()
}

/** The process's storage, made by the first call. @throws Error where the runtime has no `AsyncLocalStorage` */
export function openStorage(): AmbientStorage<AmbientScope> {
  const slot = sharedSlot()
  if (!slot.storage) {
    const globals = globalThis as { process?: Partial<NodeJS.Process>; AsyncLocalStorage?: StorageConstructor }
    // Asked for, not imported: the rest of the package works where there is no node: module at all.
    const { AsyncLocalStorage } = globals.process?.getBuiltinModule?.('node:async_hooks') ?? globals
    if (!AsyncLocalStorage) {
      throw new Error('run() needs AsyncLocalStorage. Use scope(key).')
    }
    slot.storage = new AsyncLocalStorage()
  }
  return slot.storage
}

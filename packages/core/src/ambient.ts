import type { WedgeRegistry } from './registry.ts'
import { existingSlot, sharedSlot } from './slot.ts'
import type { WedgeState } from './types.ts'

/** What code inside `run` runs in: bound to the state, not to its key. */
export interface AmbientScope {
  readonly registry: WedgeRegistry
  readonly state: WedgeState
}

/** The part of `AsyncLocalStorage` that is used. One instance serves every copy of the package in a process. */
export interface AmbientStorage<Store> {
  getStore(): Store | undefined
  run<T>(store: Store | undefined, fn: () => T): T
}

type StorageConstructor = new <Store>() => AmbientStorage<Store>

/** The ambient scope; `undefined` outside every `run`. Makes no storage: a read must not tax every `await` of the process. */
export function ambientScope(): AmbientScope | undefined {
  return existingSlot()?.storage?.getStore()
}

/** Calls `fn` in the ambient scope `scope`. @throws Error where the runtime has no `AsyncLocalStorage` */
export function runIn<T>(scope: AmbientScope, fn: () => T): T {
  return openStorage().run(scope, fn)
}

/** Calls `fn` outside any ambient scope. */
export function runOutside(fn: () => void): void {
  const storage = existingSlot()?.storage
  if (storage?.getStore() === undefined) fn()
  else storage.run(undefined, fn)
}

/** The process's storage, made by the first call. @throws Error where the runtime has no `AsyncLocalStorage` */
export function openStorage(): AmbientStorage<AmbientScope> {
  const slot = sharedSlot()
  slot.storage ??= new (storageConstructor())<AmbientScope>()
  return slot.storage
}

function storageConstructor(): StorageConstructor {
  const globals = globalThis as { AsyncLocalStorage?: StorageConstructor; process?: Partial<NodeJS.Process> }
  // Asked for at the first `run`, not imported: the rest of the package works where there is no node: module at all.
  const found =
    (globals.process?.getBuiltinModule?.('node:async_hooks')?.AsyncLocalStorage as StorageConstructor | undefined) ??
    globals.AsyncLocalStorage
  if (found !== undefined) return found
  throw new Error(
    'run() and bind() need AsyncLocalStorage, which this runtime lacks. Pass on a handle of registry.scope(key) instead.',
  )
}

import type { WedgeState } from '../types.ts'
import { existingStorage, isState, type SharedStorage, sharedStorage } from './slot.ts'

/** What code inside `run` runs in: a state, not its key. */
export interface AmbientScope {
  /** Only its identity is compared: it may be of another copy's class. */
  readonly registry: object
  readonly state: WedgeState
}

/**
 * The ambient scope; `undefined` outside every `run`. Never makes the storage, which would slow down every `await` of the
 * process.
 */
export function ambientScope(): AmbientScope | undefined {
  const storage = existingStorage()
  if (storage === undefined) return undefined
  try {
    const ambient = storage.getStore() as AmbientScope | undefined
    return ambient === undefined || isState(ambient.state) ? ambient : undefined
  } catch {
    // Not a storage of ours.
    return undefined
  }
}

/** Calls `fn` outside any ambient scope. */
export function runOutside<T>(fn: () => T): T {
  return ambientScope() ? openStorage().run(undefined, fn) : fn()
}

/** The process's storage, made by the first call. @throws Error where the runtime has no `AsyncLocalStorage` */
export function openStorage(): SharedStorage {
  return sharedStorage(() => {
    const globals = globalThis as { process?: Partial<NodeJS.Process>; AsyncLocalStorage?: new () => SharedStorage }
    // Asked for, not imported: the rest of the package works where there are no `node:` modules.
    const { AsyncLocalStorage } = globals.process?.getBuiltinModule?.('node:async_hooks') ?? globals
    if (!AsyncLocalStorage) {
      throw new Error('run() and bind() need AsyncLocalStorage, which this runtime lacks. Use scope(key) instead.')
    }
    return new AsyncLocalStorage() as SharedStorage
  })
}

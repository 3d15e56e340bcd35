import { AsyncLocalStorage } from 'node:async_hooks'
import type { Flaw } from './flaws.ts'

/** What code inside `run` runs in. */
export interface PlainScope {
  readonly owner: object
  readonly key: string
  readonly state: unknown
}

const storage = new AsyncLocalStorage<PlainScope | undefined>()
let onStack: PlainScope | undefined

export function ambientScope(flaw: Flaw | undefined): PlainScope | undefined {
  return flaw === 'current is lost at an await' ? onStack : storage.getStore()
}

export function inside<T>(scope: PlainScope | undefined, fn: () => T): T {
  const outer = onStack
  onStack = scope
  try {
    return storage.run(scope, fn)
  } finally {
    onStack = outer
  }
}

export function outside(fn: () => void, flaw: Flaw | undefined): void {
  if (flaw === 'listeners run inside') fn()
  else inside(undefined, fn)
}

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

/** @param isFlawed runs it where it is called */
export function outside(fn: () => void, isFlawed: boolean): void {
  if (isFlawed) fn()
  else inside(undefined, fn)
}

/** Gives what a function of a scope returned, so that what it does later is done in that scope. */
export function lazily<T>(result: T, scope: PlainScope | undefined): T {
  const iterator = result as { next?: unknown } | null
  if (typeof iterator !== 'object' || typeof iterator?.next !== 'function') return result
  const bound: object = new Proxy(iterator, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        const returned: unknown = inside(scope, () => Reflect.apply(member, target, args))
        return returned === target ? bound : returned
      }
    },
  })
  return bound as T
}

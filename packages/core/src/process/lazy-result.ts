/** Calls `fn` in the scope that a result belongs to. */
export type Enter = <T>(fn: () => T) => T

/** Members through which code that has returned an object may run again later. */
const RUNS_LATER = ['next', 'return', 'throw', 'then', Symbol.iterator, Symbol.asyncIterator] as const

const changed = new WeakSet<object>()

/**
 * Keeps in its scope what a function returned and what runs only later: an iterator, a generator, an iterable, a lazy
 * thenable, or a promise of any of these. The object is changed in place, because others may compare its identity; a
 * promise is replaced by another one. A frozen object and a function are left alone.
 */
export function bindLazyResult<T>(result: T, enter: Enter): T {
  if (typeof result !== 'object' || result === null) return result
  try {
    return bindObject(result, enter)
  } catch {
    // A proxy or a getter that refuses to be read is left as it is.
    return result
  }
}

function bindObject<T extends object>(result: T, enter: Enter): T {
  // Awaiting a native promise runs none of its maker's code, but what it resolves to may.
  if (result instanceof Promise && result.constructor === Promise) {
    const bound = result.then(value => bindLazyResult(value, enter))
    // Some hang more on a promise: the child of `promisify(execFile)`.
    return Object.defineProperties(bound, Object.getOwnPropertyDescriptors(result)) as unknown as T
  }
  if (isCollection(result) || changed.has(result)) return result
  changed.add(result)
  for (const name of RUNS_LATER) bindMethod(result, name, enter)
  return result
}

function bindMethod(result: object, name: (typeof RUNS_LATER)[number], enter: Enter): void {
  const method: unknown = Reflect.get(result, name)
  if (typeof method !== 'function') return
  const value = (...args: unknown[]): unknown => {
    if (name === 'then') args[0] = withLazyValue(args[0], enter)
    const returned: unknown = enter(() => Reflect.apply(method, result, args))
    return typeof name === 'symbol' ? bindLazyResult(returned, enter) : returned
  }
  Reflect.defineProperty(result, name, { value, configurable: true, writable: true })
}

/** What a thenable resolves to may run later as well: an SDK's promise of a stream. */
function withLazyValue(onFulfilled: unknown, enter: Enter): unknown {
  if (typeof onFulfilled !== 'function') return onFulfilled
  return (value: unknown) => onFulfilled(bindLazyResult(value, enter))
}

/** Iterating one of the language's own collections runs none of its maker's code. */
function isCollection(value: object): boolean {
  return Array.isArray(value) || value instanceof Map || value instanceof Set || ArrayBuffer.isView(value)
}

import { createRequire } from 'node:module'
import { vi } from 'vitest'

type Copy = typeof import('@runtime-wedge/core')

/** pino's own build for browsers, which knows no destinations: what an edge runtime loads. */
export function browserPino(): { pino: unknown } {
  return { pino: createRequire(import.meta.url)('pino/browser.js').pino }
}

/** Puts a `Symbol` in the real one's place until `vi.unstubAllGlobals()`, with `own` for some of its members. */
export function stubSymbol(own: Record<string, unknown>): void {
  const real = Symbol
  // Its target is not `Symbol`: a proxy cannot lie of members that are not configurable.
  const handler: ProxyHandler<() => void> = {
    get: (_, key) => (Object.hasOwn(own, key) ? own[key as string] : Reflect.get(real, key)),
    apply: (_, __, [description]: [string?]) => real(description),
  }
  vi.stubGlobal('Symbol', new Proxy(() => {}, handler))
}

/**
 * The source, loaded anew as a copy that finds `value` where the process's shared slot should be (`undefined`: nothing).
 * Its default logger is the console, for its pino is the one for browsers.
 */
export async function loneCopy(value: unknown): Promise<Copy> {
  const slot = Symbol('a slot of its own')
  const symbolFor = Symbol.for
  if (value !== undefined) Object.defineProperty(globalThis, slot, { value, writable: true })
  vi.resetModules()
  vi.doMock('pino', browserPino)
  stubSymbol({ for: (key: string) => (key === '@runtime-wedge/core' ? slot : symbolFor(key)) })
  try {
    return await import('@runtime-wedge/core')
  } finally {
    vi.unstubAllGlobals()
    vi.doUnmock('pino')
    vi.resetModules()
  }
}

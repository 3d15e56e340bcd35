import { createRequire } from 'node:module'
import { vi } from 'vitest'

type Copy = typeof import('@runtime-wedge/core')

/** pino's own build for browsers, which knows no destinations: what an edge runtime loads. */
export function browserPino(): { pino: unknown } {
  return { pino: createRequire(import.meta.url)('pino/browser.js').pino }
}

/**
 * The source, loaded anew as a copy that finds `value` where the process's shared slot should be (`undefined`: nothing).
 * Its default logger is the console, for its pino is the one for browsers. `Symbol.dispose` is missing.
 */
export async function loneCopy(value: unknown): Promise<Copy> {
  const real = Symbol
  const slot = Symbol('a slot of its own')
  if (value !== undefined) Object.defineProperty(globalThis, slot, { value })
  const symbolFor = (key: string): symbol => (key === '@runtime-wedge/core' ? slot : real.for(key))
  vi.resetModules()
  vi.doMock('pino', browserPino)
  const handler: ProxyHandler<() => void> = {
    get: (_, key) => (key === 'for' ? symbolFor : key === 'dispose' ? undefined : Reflect.get(real, key)),
    apply: (_, __, [description]: [string?]) => real(description),
  }
  vi.stubGlobal('Symbol', new Proxy(() => {}, handler))
  try {
    return await import('@runtime-wedge/core')
  } finally {
    vi.stubGlobal('Symbol', real)
    vi.doUnmock('pino')
    vi.resetModules()
  }
}

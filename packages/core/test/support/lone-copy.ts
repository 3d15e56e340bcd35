import { type MockInstance, vi } from 'vitest'

type Copy = typeof import('@runtime-wedge/core')

/** A runtime where pino cannot be loaded: until the mock is restored, and for copies that have not logged yet. */
export function withoutPino(): MockInstance {
  const getBuiltinModule = process.getBuiltinModule.bind(process) as (name: string) => object | undefined
  return vi
    .spyOn(process as { getBuiltinModule: (name: string) => object | undefined }, 'getBuiltinModule')
    .mockImplementation(name => (name === 'node:module' ? undefined : getBuiltinModule(name)))
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

/** The source, loaded again as a copy that finds `value` where the process's shared slot should be (`undefined`: nothing). */
export async function loneCopy(value: unknown): Promise<Copy> {
  const slot = Symbol('a slot of its own')
  const symbolFor = Symbol.for
  if (value !== undefined) Object.defineProperty(globalThis, slot, { value, writable: true, configurable: true })
  vi.resetModules()
  stubSymbol({ for: (key: string) => (key === '@runtime-wedge/core' ? slot : symbolFor(key)) })
  try {
    return await import('@runtime-wedge/core')
  } finally {
    vi.unstubAllGlobals()
    vi.resetModules()
  }
}

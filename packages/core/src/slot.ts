import type { AmbientScope, AmbientStorage } from './ambient.ts'
import { defaultLogger, writeLog } from './log.ts'
import type { WedgeRegistry } from './registry.ts'

/** Part of the protocol between copies of this package: never change it. */
const SLOT: symbol = Symbol.for('@runtime-wedge/core')

/** Rises only when a copy could no longer use what another one made; additions are feature-detected. */
const PROTOCOL = 1

/** What every copy of the package in a process shares. Filled on first use, member by member. */
export interface SharedSlot {
  readonly protocol: typeof PROTOCOL
  registry: WedgeRegistry | undefined
  storage: AmbientStorage<AmbientScope> | undefined
}

let slot: SharedSlot | undefined

/** The process's slot, made if there is none yet. Never throws: where it cannot be shared, this copy keeps one of its own. */
export function sharedSlot(): SharedSlot {
  slot ??= openSlot()
  return slot
}

/** The process's slot if some copy has made one. Never makes one, never throws. */
export function existingSlot(): SharedSlot | undefined {
  if (slot === undefined && (globalThis as Record<symbol, unknown>)[SLOT] !== undefined) slot = openSlot()
  return slot
}

function openSlot(): SharedSlot {
  const found = (globalThis as Record<symbol, unknown>)[SLOT]
  const protocol = protocolOf(found)
  if (protocol === PROTOCOL) return found as SharedSlot
  const own: SharedSlot = { protocol: PROTOCOL, registry: undefined, storage: undefined }
  try {
    if (found !== undefined) throw `another copy speaks protocol ${protocol}`
    Object.defineProperty(globalThis, SLOT, { value: own })
  } catch (why) {
    const message = `@runtime-wedge/core cannot be shared (${why}): this copy, of protocol ${PROTOCOL}, has a default registry of its own, and the other copy's wedges are not seen here`
    writeLog(defaultLogger, 'error', {}, message)
  }
  return own
}

function protocolOf(found: unknown): string | number | undefined {
  try {
    const { protocol } = found as { protocol?: unknown }
    return typeof protocol === 'number' ? protocol : `${protocol}`
  } catch {
    return undefined
  }
}

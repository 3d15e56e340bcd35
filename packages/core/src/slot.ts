import type { AmbientScope, AmbientStorage } from './ambient.ts'
import { writeLog } from './log.ts'
import type { WedgeRegistry } from './registry.ts'

/** Part of the protocol between copies of this package: never change it. */
const SLOT: symbol = Symbol.for('@runtime-wedge/core')

/** What every copy of the package in a process shares. Filled on first use, member by member. */
export interface SharedSlot {
  /** Rises only when a copy could no longer use what another one made; additions are feature-detected. */
  readonly protocol: 1
  registry?: WedgeRegistry
  storage?: AmbientStorage<AmbientScope>
}

const globals = globalThis as { [SLOT]?: SharedSlot }
let slot: SharedSlot | undefined

/** The process's slot, made if there is none yet. Never throws: where it cannot be shared, this copy keeps one of its own. */
export function sharedSlot(): SharedSlot {
  if (slot !== undefined) return slot
  slot = { protocol: 1 }
  try {
    globals[SLOT] ??= slot
    const found = globals[SLOT]
    if (found.protocol !== 1) throw `protocol ${found.protocol}`
    slot = found
  } catch (why) {
    const message = `@runtime-wedge/core protocol 1 found ${why}: the other copy's wedges are not seen here`
    writeLog(undefined, 'error', {}, message)
  }
  return slot
}

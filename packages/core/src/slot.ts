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
  registry?: WedgeRegistry
  storage?: AmbientStorage<AmbientScope>
}

const globals = globalThis as { [SLOT]?: SharedSlot }
let slot: SharedSlot | undefined

/** The process's slot if some copy has made one. Never makes one, never throws. */
export function existingSlot(): SharedSlot | undefined {
  return slot ?? (globals[SLOT] && sharedSlot())
}

/** The process's slot, made if there is none yet. Never throws: where it cannot be shared, this copy keeps one of its own. */
export function sharedSlot(): SharedSlot {
  if (slot) return slot
  slot = { protocol: PROTOCOL }
  try {
    const found = globals[SLOT]
    if (found === undefined) Object.defineProperty(globals, SLOT, { value: slot })
    else if (found?.protocol === PROTOCOL) slot = found
    else throw `the other copy has protocol ${found?.protocol}`
  } catch (why) {
    const message = `@runtime-wedge/core, protocol ${PROTOCOL}, is not shared (${why}): the other copy's wedges are not seen here`
    writeLog(defaultLogger(), 'error', {}, message)
  }
  return slot
}

import { defaultLogger, writeLog } from '../foreign/log.ts'
import type { WedgeReader, WedgeState } from '../types.ts'

/** Part of the protocol between copies of this package: never change it. */
const SLOT: symbol = Symbol.for('@runtime-wedge/core')
const PROTOCOL = 1

/** What a default registry must have; another copy, of any version, may have made it. */
export interface SharedRegistry extends WedgeReader {
  readonly default: WedgeState<'default'>
  scope(key: string): WedgeState
}

/** What is used of an `AsyncLocalStorage`. One instance serves every copy of the package in a process. */
export interface SharedStorage {
  getStore(): unknown
  run<T>(store: unknown, fn: () => T): T
}

/** What every copy of the package in a process shares. It is filled on first use, member by member. */
interface SharedSlot {
  /** Rises only when a copy could no longer use what another one made; additions are feature-detected. */
  readonly protocol: number
  registry?: SharedRegistry | undefined
  storage?: SharedStorage | undefined
}

const METHODS = { registry: ['scope', 'isWedged', 'reason'], storage: ['getStore', 'run'] } as const
const STATE_METHODS = ['mark', 'clear', 'isWedged', 'reason'] as const

const globals = globalThis as { [SLOT]?: SharedSlot | null }
/** What this copy uses; `undefined` until it has looked for a slot. */
let used: SharedSlot | undefined
let isShared = false
let hasComplained = false
/** The registry that this copy uses. */
let knownRegistry: SharedRegistry | undefined
/** The storage that this copy uses. Every call of the four functions needs it, so it is checked only once. */
let knownStorage: SharedStorage | undefined

/** The default registry of the process, made if there is none. Never throws if `make` does not. */
export function sharedRegistry(make: () => SharedRegistry): SharedRegistry {
  knownRegistry = member('registry') ?? put('registry', make())
  return knownRegistry
}

/** The storage of the process, made if there is none. @throws what `make` throws */
export function sharedStorage(make: () => SharedStorage): SharedStorage {
  knownStorage ??= member('storage') ?? put('storage', make())
  return knownStorage
}

/** Whether this is a state, as far as the four functions use one. Never throws. */
export function isState(state: unknown): state is WedgeState {
  return hasMethods(state, STATE_METHODS)
}

/** The storage of the process if any copy has made one. Makes neither a storage nor a slot. Never throws. */
export function existingStorage(): SharedStorage | undefined {
  if (knownStorage) return knownStorage
  try {
    const slot = used ?? (globals[SLOT] ? openSlot() : undefined)
    if (slot?.storage === undefined) return undefined
  } catch {
    // As unusable as one without its methods.
  }
  knownStorage = member('storage')
  return knownStorage
}

/**
 * Puts back the slot and the registry that this copy uses if they were deleted; if others have taken their place, says so
 * once. Asked where a wedge would not be seen: by `markWedged` and by `defaultRegistry`. Never throws.
 */
export function checkSlot(): void {
  if (!used || !isShared) return
  try {
    globals[SLOT] ??= used
    if (knownRegistry) used.registry ??= knownRegistry
    const isLost = globals[SLOT] !== used || (knownRegistry !== undefined && used.registry !== knownRegistry)
    if (isLost) complain('lost the shared slot to another one')
  } catch {
    complain('lost the shared slot')
  }
}

/** The slot of the process, made if there is none. Where it cannot be shared, this copy keeps one of its own. */
function openSlot(): SharedSlot {
  if (used) return used
  used = { protocol: PROTOCOL }
  let theirs: unknown
  try {
    globals[SLOT] ??= used
    const found = globals[SLOT]
    theirs = found.protocol
    isShared = theirs === PROTOCOL
    if (isShared) used = found
  } catch (error) {
    theirs = error
  }
  if (!isShared) complain(`found ${show(theirs)}`)
  return used
}

/** A member that is there and usable. */
function member<Name extends 'registry' | 'storage'>(name: Name): SharedSlot[Name] {
  try {
    const found = openSlot()[name]
    if (found === undefined || found === null) return undefined
    const isUsable = hasMethods(found, METHODS[name])
    if (isUsable && (name === 'storage' || isState((found as SharedRegistry).default))) return found
  } catch {
    // As unusable as one without its methods.
  }
  keepOwn(name)
  return undefined
}

function put<Name extends 'registry' | 'storage', Member extends NonNullable<SharedSlot[Name]>>(
  name: Name,
  made: Member,
): Member {
  const slot = openSlot()
  try {
    slot[name] = made
    if (slot[name] === made) return made
  } catch {
    // The slot was frozen.
  }
  keepOwn(name)[name] = made
  return made
}

/** From here on this copy has a slot of its own, with what it can still use of the shared one. */
function keepOwn(unfit: 'registry' | 'storage'): SharedSlot {
  const other = unfit === 'registry' ? 'storage' : 'registry'
  const shared = used
  used = { protocol: PROTOCOL }
  isShared = false
  try {
    used = { ...used, [other]: shared?.[other] }
  } catch {
    // Neither can be used.
  }
  complain(`cannot use the ${unfit} of the shared slot`)
  return used
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  try {
    return names.every(name => typeof (value as Record<string, unknown>)[name] === 'function')
  } catch {
    return false
  }
}

function complain(what: string): void {
  if (hasComplained) return
  hasComplained = true
  const message = `@runtime-wedge/core, protocol ${PROTOCOL}, ${what}: the other copy's wedges are not seen here. Run "npm ls @runtime-wedge/core" to find the copies.`
  writeLog(defaultLogger, 'error', {}, message)
}

function show(theirs: unknown): string {
  try {
    return theirs instanceof Error ? theirs.message : `protocol ${String(theirs)}`
  } catch {
    return 'a slot that cannot be read'
  }
}

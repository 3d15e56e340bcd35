import { WedgeRegistry } from './registry.ts'
import { sharedSlot } from './slot.ts'
import type { WedgeReader, WedgeState } from './types.ts'

/**
 * The registry that every copy of this package in the process shares, made on first use. Worker threads, vm contexts and
 * other processes have one each.
 */
export function defaultRegistry<Scope extends string = string>(): WedgeRegistry<Scope> {
  const slot = sharedSlot()
  slot.registry ??= new WedgeRegistry()
  return slot.registry as WedgeRegistry as unknown as WedgeRegistry<Scope>
}

/**
 * Says that the executor is wedged: the default scope, or the ambient one inside `run`. The first write wins. Never throws.
 *
 * @param reason shown to an operator: short, and with what to do
 */
export function markWedged(reason: string | Error): void {
  writable().mark(reason)
}

/** Says that the executor works: call it after every success. A silent no-op when healthy. Never throws. */
export function clearWedge(): void {
  writable().clear()
}

/** Tells whether any scope of the process is wedged; inside `run`, whether that scope is. Never throws. */
export function isWedged(): boolean {
  return readable().isWedged()
}

/** The reason of the primary wedge of the process; inside `run`, of that scope's. `""` when healthy. Never throws. */
export function wedgeReason(): string {
  return readable().reason()
}

function writable(): WedgeState {
  const { storage, registry = defaultRegistry() } = sharedSlot()
  return storage?.getStore()?.state ?? registry.default
}

function readable(): WedgeReader {
  const { storage, registry = defaultRegistry() } = sharedSlot()
  return storage?.getStore()?.state ?? registry
}

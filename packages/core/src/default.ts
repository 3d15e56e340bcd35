import { ambientScope } from './process/ambient.ts'
import { checkSlot, sharedRegistry } from './process/slot.ts'
import { WedgeRegistry } from './registry/registry.ts'
import type { WedgeReader, WedgeState } from './types.ts'

/** Kept at hand, because the four functions run on every request. */
let shared: WedgeRegistry | undefined

/**
 * The registry that every copy of this package in the process shares, made on first use. Worker threads, vm contexts and
 * other processes have one each. Never throws: where nothing can be shared, this copy has a registry of its own and says
 * so once on stderr.
 */
export function defaultRegistry<Scope extends string = string>(): WedgeRegistry<Scope> {
  checkSlot()
  // Another copy's class is not this one's, but has its public interface.
  shared ??= sharedRegistry(() => new WedgeRegistry()) as WedgeRegistry
  return shared as unknown as WedgeRegistry<Scope>
}

/**
 * Says that the executor is wedged: marks the default scope, or inside `run` that scope. The first reason stays. Never
 * throws.
 *
 * @param reason shown to an operator: short, and with what to do
 */
export function markWedged(reason: string | Error): void {
  checkSlot()
  writable().mark(reason)
}

/**
 * Says that the executor works: clears the default scope, or inside `run` that scope. Call it after every success. When
 * healthy it does nothing, except that the first success proves the scope. Never throws.
 */
export function clearWedge(): void {
  writable().clear()
}

/** Tells whether any scope of the default registry is wedged; inside `run`, whether that scope is. Never throws. */
export function isWedged(): boolean {
  return readable().isWedged()
}

/**
 * The reason of the scope that has been wedged longest; inside `run`, that scope's reason. `""` when healthy. Never throws.
 */
export function wedgeReason(): string {
  return readable().reason()
}

function writable(): WedgeState {
  return ambientScope()?.state ?? (shared ?? defaultRegistry()).default
}

function readable(): WedgeReader {
  return ambientScope()?.state ?? shared ?? defaultRegistry()
}

import type { WedgeAttempt } from '@runtime-wedge/core'
import type { TestClock } from '../clock.ts'
import type { RegistryUnderTest } from './subject.ts'

/**
 * One operation on a registry, as data. A `scope` that does not exist is added. An `attempt` is an index into those begun so
 * far, modulo their number.
 */
export type WedgeOperation =
  | { readonly do: 'mark'; readonly scope: string; readonly reason: string }
  | { readonly do: 'clear' | 'release' | 'attempt'; readonly scope: string }
  | { readonly do: 'succeed'; readonly attempt: number }
  | { readonly do: 'fail'; readonly attempt: number; readonly reason: string }
  | { readonly do: 'advance'; readonly ms: number }

/** Performs operations on a registry, and keeps the attempts that they begin. */
export class WedgeSession {
  readonly #registry: Pick<RegistryUnderTest, 'scope' | 'release'>
  readonly #clock: TestClock
  readonly #attempts: WedgeAttempt[] = []

  constructor(registry: Pick<RegistryUnderTest, 'scope' | 'release'>, clock: TestClock) {
    this.#registry = registry
    this.#clock = clock
  }

  /** Performs one operation. @returns what it returns; `undefined` if nothing, or if there is no attempt yet to act on */
  perform(operation: WedgeOperation): boolean | undefined {
    switch (operation.do) {
      case 'mark':
        return this.#registry.scope(operation.scope).mark(operation.reason)
      case 'clear':
        return this.#registry.scope(operation.scope).clear()
      case 'release':
        return this.#registry.release(operation.scope)
      case 'attempt':
        this.#attempts.push(this.#registry.scope(operation.scope).attempt())
        return undefined
      case 'succeed':
        return this.#attempts[operation.attempt % this.#attempts.length]?.succeed()
      case 'fail':
        return this.#attempts[operation.attempt % this.#attempts.length]?.fail(operation.reason)
      case 'advance':
        this.#clock.advance(operation.ms)
        return undefined
    }
  }
}

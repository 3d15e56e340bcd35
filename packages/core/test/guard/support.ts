import { type WedgeLogger, WedgeRegistry, type WedgeState } from '@runtime-wedge/core'
import { createGuard, type GuardOptions, type WedgeGuard } from '@runtime-wedge/core/guard'
import { expect } from 'vitest'
import { pass } from '../support/fake-time.ts'

export { pass, useFakeTime } from '../support/fake-time.ts'

const silent: WedgeLogger = { error() {}, warn() {}, info() {} }

export const newState = (scope = 'agent'): WedgeState => new WedgeRegistry({ logger: silent }).scope(scope)

export const DEADLINES = { connectDeadlineMs: 1_000, requestDeadlineMs: 500, firstMessageMs: 800, idleMs: 300 }

export function setUp(
  options: GuardOptions = {},
  state: WedgeState = newState(),
): { state: WedgeState; guard: WedgeGuard } {
  return { state, guard: createGuard(state, { ...DEADLINES, ...options }) }
}

export interface Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

export function deferred<T = string>(): Deferred<T> {
  let resolve!: Deferred<T>['resolve']
  let reject!: Deferred<T>['reject']
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

export const silence = (): Promise<never> => new Promise<never>(() => {})

export const coded = (code: string): Error => Object.assign(new Error(`read ${code}`), { code })

/** The error of a promise, watched from now on, so that fake time can pass before it is looked at. */
export const failure = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).then(
    value => expect.fail(`resolved with ${String(value)}`),
    (error: unknown) => error,
  )

/** Lets everything that is due now happen. */
export const flush = (): Promise<unknown> => pass(0)

/** A real turn of the event loop: what is an unhandled rejection by now stays one. */
export const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

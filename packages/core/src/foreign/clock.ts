import { ignoreRejection } from './ignore-rejection.ts'

/** Epoch milliseconds by `clock`. If it throws or returns a value that is not a finite number, `Date.now()` is used. */
export function readClock(clock: () => number): number {
  try {
    const at: unknown = clock()
    if (Number.isFinite(at)) return at as number
    ignoreRejection(at)
  } catch {
    // Date.now() will do.
  }
  return Date.now()
}

/*
 * An adapter marks a wedge in a `catch`. In a runaway recursion each frame has such a `catch`, and the stack is exhausted
 * in all of them, so any call of ours may throw. What must happen is then done in a microtask, when the stack is free
 * again. A promise needs less stack than `queueMicrotask`.
 */

const RESOLVED = Promise.resolve()
/** Passed as arguments, it takes 80 kB of stack. */
const ROOM: readonly undefined[] = Array(10_000).fill(undefined)
const takeRoom = (..._: readonly undefined[]): void => {}

/** To be called before a step that cannot be resumed; it takes 6 µs. @throws RangeError if the stack is nearly exhausted */
export function reserveStack(): void {
  takeRoom(...ROOM)
}

/** Runs `fn` in a microtask. */
export function whenStackIsFree(fn: () => void): void {
  RESOLVED.then(fn)
}

/**
 * A call that is certain to be made once it `isDue`: in a microtask if there is not enough stack to complete it. It is for
 * what cannot be resumed: a signal that is interrupted while it aborts never tells its listeners.
 */
export class CertainCall {
  /** Set by an assignment, which needs no stack, right after what makes it due. */
  isDue = false
  readonly #fn: () => void

  /** @param fn throws only if the stack is exhausted */
  constructor(fn: () => void) {
    this.#fn = fn
    whenStackIsFree(() => {
      if (this.isDue) this.run()
    })
  }

  run(): void {
    try {
      reserveStack()
      this.#fn()
      this.isDue = false
    } catch {
      // It is still due.
    }
  }
}

/**
 * A timer that is later than this, in milliseconds, shows that the process was paused: a blocked event loop, a stopped or
 * suspended process.
 */
const STALL_MS = 100

/**
 * Calls `expire` once `ms` have passed in which the other side could answer. After a pause of this process, what has
 * arrived is read first, and the other side gets half of its time again; after another pause half of that, so that the
 * deadline also passes in a process that always lags.
 *
 * @param options.keepsAlive whether the process waits for it
 * @returns a function that ends the deadline; idempotent
 */
export function startDeadline(ms: number, expire: () => void, { keepsAlive }: { keepsAlive: boolean }): () => void {
  let timer: ReturnType<typeof setTimeout>
  const wait = (delay: number): void => {
    const due = performance.now() + delay
    timer = setTimeout(() => {
      const isStall = performance.now() - due > STALL_MS
      if (isStall && delay >= 1) wait(delay / 2)
      else expire()
    }, delay)
    if (!keepsAlive) timer.unref?.()
  }
  wait(ms)
  return () => clearTimeout(timer)
}

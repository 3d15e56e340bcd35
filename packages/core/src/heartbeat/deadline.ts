/** A timer later than this has measured a pause of the process: a blocked event loop, a stopped or suspended process. */
const STALL_MS = 100

/**
 * Calls `expire` once `ms` have passed in which the other side could answer. After a pause of this process, what has
 * arrived is read first, and the other side gets half of its time again; after a further one half of that, so that a
 * process that always lags still expires.
 *
 * @param options.keepsAlive whether the process waits for it
 * @returns ends it; idempotent
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

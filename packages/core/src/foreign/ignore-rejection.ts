/**
 * Marks a promise as handled: no one waits for it, and its rejection must not end the host. Any other value is left alone.
 */
export function ignoreRejection(value: unknown): void {
  if (value === undefined || value === null) return
  try {
    const { then } = value as Partial<PromiseLike<unknown>>
    if (typeof then === 'function') then.call(value as PromiseLike<unknown>, undefined, () => {})
  } catch {
    // A `then` that throws leaves no rejection behind.
  }
}

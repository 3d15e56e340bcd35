/** Marks a promise as handled: nobody waits for it, and its rejection must not end the host. Any other value is left alone. */
export function ignoreRejection(value: unknown): void {
  try {
    const { then } = Object(value) as Partial<PromiseLike<unknown>>
    if (typeof then === 'function') then.call(value as PromiseLike<unknown>, undefined, () => {})
  } catch {
    // A `then` that throws has no rejection to tell of.
  }
}

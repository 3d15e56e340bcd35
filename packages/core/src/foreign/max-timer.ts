/** The longest delay, in milliseconds, that `setTimeout` can wait: it fires a longer one at once. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1

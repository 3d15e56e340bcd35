import { afterEach, beforeEach, expect, vi } from 'vitest'

/** Fake time for each test; a test that leaves a timer behind fails. */
export function useFakeTime(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })
  afterEach(() => {
    const left = vi.getTimerCount()
    vi.useRealTimers()
    expect(left, 'timers that outlived their call').toBe(0)
  })
}

/** Lets fake time pass, and everything happen that is due by then. */
export const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)

import { expect, onTestFinished, test, vi } from 'vitest'
import { startDeadline } from '../../src/heartbeat/deadline.ts'

/** Fake timers, and a clock that a pause of the process moves on its own. */
function setUp() {
  let paused = 0
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  const begun = Date.now()
  vi.spyOn(performance, 'now').mockImplementation(() => Date.now() - begun + paused)
  onTestFinished(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })
  const expire = vi.fn()
  const pause = (ms: number) => {
    paused += ms
  }
  return { expire, pause }
}

test('it expires once, after its time', () => {
  const { expire } = setUp()
  startDeadline(1_000, expire, { keepsAlive: false })
  vi.advanceTimersByTime(999)
  expect(expire).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(expire).toHaveBeenCalledOnce()
  expect(vi.getTimerCount()).toBe(0)
})

test('a timer that is a little late is not taken for a pause', () => {
  const { expire, pause } = setUp()
  startDeadline(1_000, expire, { keepsAlive: false })
  pause(100)
  vi.advanceTimersByTime(1_000)
  expect(expire).toHaveBeenCalledOnce()
})

test('after a pause of the process the other side gets half of its time again', () => {
  const { expire, pause } = setUp()
  startDeadline(1_000, expire, { keepsAlive: false })
  pause(60_000)
  vi.advanceTimersByTime(1_499)
  expect(expire).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(expire).toHaveBeenCalledOnce()
})

test('a process that always lags still expires, in less than twice the time', () => {
  const { expire, pause } = setUp()
  startDeadline(1_000, expire, { keepsAlive: false })
  for (let ms = 0; ms < 2_000; ms++) {
    pause(500)
    vi.advanceTimersByTime(1)
  }
  expect(expire).toHaveBeenCalledOnce()
})

test('once ended it never expires, not even in the time that a pause has added', () => {
  const { expire, pause } = setUp()
  const end = startDeadline(1_000, expire, { keepsAlive: true })
  pause(60_000)
  vi.advanceTimersByTime(1_200)
  end()
  end()
  vi.advanceTimersByTime(10_000)
  expect(expire).not.toHaveBeenCalled()
  expect(vi.getTimerCount()).toBe(0)
})

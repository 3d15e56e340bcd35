import { expect, onTestFinished, test, vi } from 'vitest'
import { setUp } from './platform.ts'

async function setUpFlapping() {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { registry, start } = await setUp()
  const begun = performance.now()
  const sends: { at: number; isWedged: boolean }[] = []
  const fetch = async (_: string, { body }: { body: string }) => {
    sends.push({ at: performance.now() - begun, isWedged: 'runtime_state' in JSON.parse(body) })
    return { status: 200 }
  }
  const state = registry.scope('flappy')
  const flip = () => state.mark('flapping') || state.clear()
  return { state, flip, sends, start: () => start({ fetch }) }
}

test('a scope that flaps every millisecond causes ten beats per second, and the last one is true', async () => {
  const { state, flip, sends, start } = await setUpFlapping()
  const heartbeat = start()
  await vi.advanceTimersByTimeAsync(50)
  expect(sends).toHaveLength(1)
  for (let ms = 0; ms < 3_000; ms++) {
    flip()
    await vi.advanceTimersByTimeAsync(1)
  }
  state.clear()
  state.mark('the end')
  await vi.advanceTimersByTimeAsync(1_000)
  const news = sends.slice(1)
  expect(news.map(({ at }) => at - 50)).toEqual(Array.from({ length: 32 }, (_, i) => i * 100))
  expect(news.at(-1)!.isWedged).toBe(true)
  await heartbeat.stop()
})

test('the first transition is sent at once, however recent the last beat is', async () => {
  const { state, sends, start } = await setUpFlapping()
  const heartbeat = start()
  await vi.advanceTimersByTimeAsync(1)
  state.mark('died')
  await vi.advanceTimersByTimeAsync(0)
  expect(sends).toEqual([
    { at: 0, isWedged: false },
    { at: 1, isWedged: true },
  ])
  state.clear()
  await vi.advanceTimersByTimeAsync(99)
  expect(sends).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(1)
  expect(sends.slice(2)).toEqual([{ at: 101, isWedged: false }])
  await vi.advanceTimersByTimeAsync(100)
  state.mark('died again')
  await vi.advanceTimersByTimeAsync(0)
  expect(sends.slice(3)).toEqual([{ at: 201, isWedged: true }])
  await heartbeat.stop()
})

test('stop() does not wait for the next tenth of a second', async () => {
  const { state, sends, start } = await setUpFlapping()
  const heartbeat = start()
  await vi.advanceTimersByTimeAsync(1)
  state.mark('died')
  await vi.advanceTimersByTimeAsync(0)
  state.clear()
  await heartbeat.stop()
  expect(sends.at(-1)).toEqual({ at: 1, isWedged: false })
  expect(vi.getTimerCount()).toBe(0)
})

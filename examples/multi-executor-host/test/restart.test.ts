import { readFile } from 'node:fs/promises'
import type { WedgeState } from '@runtime-wedge/core'
import { test } from '@runtime-wedge/testing/vitest'
import { afterEach, beforeEach, describe, expect, vi } from 'vitest'
import { keepRestarting } from '../src/restart.ts'

const baseMs = 1_000
const proofMs = 10_000

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(1) // no jitter: a pause has its full length
})

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** A loop around `state`, with the times of its restarts in milliseconds from now. */
function loopOf(state: WedgeState, restart: () => Promise<void> = async () => {}) {
  const begun = Date.now()
  const restarts: number[] = []
  const failures: string[] = []
  const end = new AbortController()
  const now = keepRestarting(
    state,
    () => {
      restarts.push(Date.now() - begun)
      return restart()
    },
    { baseMs, proofMs, signal: end.signal, onFailure: error => failures.push((error as Error).message) },
  )
  return { restarts, failures, now, end: () => end.abort() }
}

test('two restarts fail, one with an error and one in silence, and a success proves the third', async ({
  registry,
}) => {
  const state = registry.scope('mcp:files')
  let start = (): Promise<void> => Promise.reject(new Error('spawn ENOENT'))
  const loop = loopOf(state, () => start())

  state.mark('connection closed')
  await vi.advanceTimersByTimeAsync(999)
  expect(loop.restarts).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(loop.failures).toEqual(['spawn ENOENT'])

  start = async () => {}
  await vi.advanceTimersByTimeAsync(2_000)
  expect(loop.restarts).toEqual([1_000, 3_000])

  // Until the proof is over, neither further failures nor an impatient operator cause a second restart.
  state.mark('request timed out')
  loop.now()
  await vi.advanceTimersByTimeAsync(proofMs - 1)
  expect(loop.restarts).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(1)
  expect(loop.failures[1]).toBe('no success within 10000 ms after the restart')

  await vi.advanceTimersByTimeAsync(4_000)
  expect(loop.restarts).toEqual([1_000, 3_000, 17_000])
  state.clear()
  await vi.advanceTimersByTimeAsync(600_000)
  expect(loop.restarts).toHaveLength(3)
  expect(loop.failures).toHaveLength(2)
})

test('after a successful restart the next wedge begins with a short pause again', async ({ registry }) => {
  const state = registry.scope('mcp:files')
  const loop = loopOf(state, async () => void state.clear())
  for (let wedge = 0; wedge < 3; wedge++) {
    state.mark('connection closed')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(state).not.toBeWedged()
  }
  expect(loop.restarts).toEqual([1_000, 2_000, 3_000])
})

test('a wedge that begins right after the success is not overlooked', async ({ registry }) => {
  const state = registry.scope('mcp:files')
  let proofs = 0
  const loop = loopOf(state, async () => {
    state.clear()
    if (++proofs === 1) state.mark('connection closed again')
  })
  state.mark('connection closed')
  await vi.advanceTimersByTimeAsync(600_000)
  expect(loop.restarts.length).toBeGreaterThan(1)
  expect(state).not.toBeWedged()
})

test('the pause doubles up to 32 times its first length, and jitter only shortens it', async ({ registry }) => {
  const state = registry.scope('mcp:files')
  const loop = loopOf(state, () => Promise.reject(new Error('still down')))
  state.mark('connection closed')
  await vi.advanceTimersByTimeAsync(127_000)
  expect(loop.restarts.map((at, i) => at - (loop.restarts[i - 1] ?? 0))).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 32_000, 32_000,
  ])
  vi.mocked(Math.random).mockReturnValue(0)
  await vi.advanceTimersByTimeAsync(32_000 + 16_000)
  expect(loop.restarts.slice(-2).map(at => at - 127_000)).toEqual([32_000, 48_000])
})

test('each scope is restarted by its own loop', async ({ registry }) => {
  const [files, search] = [registry.scope('mcp:files'), registry.scope('mcp:search')]
  const [slow, fast] = [loopOf(files), loopOf(search, async () => void search.clear())]
  files.mark('connection closed')
  search.mark('request timed out')
  await vi.advanceTimersByTimeAsync(1_000)
  expect([slow.restarts, fast.restarts]).toEqual([[1_000], [1_000]])
  expect(search).not.toBeWedged()
  expect(files).toBeWedged('connection closed')
})

test('an executor that was wedged before the loop began is restarted too', async ({ registry }) => {
  const state = registry.scope('mcp:files')
  state.mark('connection closed')
  const loop = loopOf(state)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(loop.restarts).toEqual([1_000])
})

test('an executor that recovers during the pause is not restarted', async ({ registry }) => {
  const state = registry.scope('mcp:files')
  const loop = loopOf(state)
  state.mark('request timed out')
  state.clear()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(loop.restarts).toEqual([])
})

test('an executor that recovers and fails again during the pause is not restarted before its end', async ({
  registry,
}) => {
  const state = registry.scope('mcp:files')
  const loop = loopOf(state)
  state.mark('request timed out')
  await vi.advanceTimersByTimeAsync(500)
  state.clear()
  state.mark('request timed out')
  await vi.advanceTimersByTimeAsync(499)
  expect(loop.restarts).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(loop.restarts).toEqual([1_000])
})

describe('a restart that is asked for', () => {
  test('does not wait for the pause', async ({ registry }) => {
    const state = registry.scope('mcp:files')
    const loop = loopOf(state)
    state.mark('connection closed')
    await vi.advanceTimersByTimeAsync(300)
    loop.now()
    await vi.advanceTimersByTimeAsync(0)
    expect(loop.restarts).toEqual([300])
  })

  test('restarts a healthy executor too, at once and once only', async ({ registry }) => {
    const loop = loopOf(registry.scope('mcp:files'))
    loop.now()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(loop.restarts).toEqual([0])
    loop.now()
    loop.now()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(loop.restarts).toEqual([0, 60_000])
  })
})

test('the signal ends the loop in every state', async ({ registry }) => {
  const [paused, unproven, idle] = [registry.scope('a'), registry.scope('b'), registry.scope('c')]
  const loops = [loopOf(paused), loopOf(unproven), loopOf(idle)]
  unproven.mark('connection closed')
  await vi.advanceTimersByTimeAsync(1_000)
  paused.mark('connection closed')
  for (const loop of loops) loop.end()
  idle.mark('connection closed')
  loops[2]?.now()
  await vi.advanceTimersByTimeAsync(600_000)
  expect(loops.map(loop => loop.restarts.length)).toEqual([0, 1, 0])
  expect(loops.flatMap(loop => loop.failures)).toEqual([])
})

test('the loop is short enough to be copied', async () => {
  const source = await readFile(new URL('../src/restart.ts', import.meta.url), 'utf8')
  expect(source.trimEnd().split('\n').length).toBeLessThan(40)
})

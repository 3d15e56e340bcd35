import { createTestRegistry } from '@runtime-wedge/testing'
import { expect, it } from 'vitest'

const RESET = Symbol.for('runtime-wedge.reset')

/** What a promise is after all that waits has run. */
async function outcome(promise: Promise<unknown>): Promise<string> {
  let result = 'pending'
  promise.then(
    () => {
      result = 'resolved'
    },
    error => {
      result = `rejected: ${error}`
    },
  )
  await new Promise(resolve => setImmediate(resolve))
  return result
}

it('resolves at once for a healthy scope, and for a released handle', async () => {
  const { registry } = createTestRegistry()
  const state = registry.scope('a')
  await state.healthy()
  state.mark('stuck')
  state.release()
  await state.healthy()
})

it('waits for the clear, through repeats and through what happens to others', async () => {
  const { registry } = createTestRegistry()
  const state = registry.scope('a')
  state.mark('stuck')
  const first = state.healthy()
  const second = state.healthy()
  registry.scope('b').mark('stuck')
  state.mark('again')
  registry.scope('b').clear()
  expect(await outcome(first)).toBe('pending')

  state.clear()
  expect(await outcome(first)).toBe('resolved')
  expect(await outcome(second)).toBe('resolved')
})

it('resolves though the scope is wedged again before anybody could look', async () => {
  const { registry } = createTestRegistry()
  const state = registry.default
  state.mark('stuck')
  const promise = state.healthy()
  state.clear()
  state.mark('again')
  expect(await outcome(promise)).toBe('resolved')
  expect(await outcome(state.healthy())).toBe('pending')
})

it('resolves when the scope is released, or reset', async () => {
  const { registry } = createTestRegistry()
  const [a, b] = [registry.scope('a'), registry.scope('b')]
  a.mark('stuck')
  b.mark('stuck')
  const promises = [a.healthy(), b.healthy()]
  a.release()
  expect(await outcome(promises[0]!)).toBe('resolved')
  ;(registry as unknown as Record<symbol, () => void>)[RESET]!()
  expect(await outcome(promises[1]!)).toBe('resolved')
})

it("rejects with the signal's reason, also when that has aborted before", async () => {
  const { registry } = createTestRegistry()
  const state = registry.default
  state.mark('stuck')
  const controller = new AbortController()
  const promise = state.healthy({ signal: controller.signal })
  const staying = state.healthy({ signal: undefined })
  controller.abort('enough')

  expect(await outcome(promise)).toBe('rejected: enough')
  expect(await outcome(state.healthy({ signal: controller.signal }))).toBe('rejected: enough')
  state.clear()
  expect(await outcome(staying)).toBe('resolved')
})

it('lets go of the signal once it is resolved', async () => {
  const { registry } = createTestRegistry()
  const state = registry.default
  state.mark('stuck')
  const controller = new AbortController()
  const removed: string[] = []
  const remove = controller.signal.removeEventListener.bind(controller.signal)
  controller.signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    removed.push(args[0])
    remove(...args)
  }
  const promise = state.healthy({ signal: controller.signal })
  state.clear()
  expect(await outcome(promise)).toBe('resolved')
  expect(removed).toEqual(['abort'])
})

it('rejects for a signal that is none', async () => {
  const { registry } = createTestRegistry()
  registry.default.mark('stuck')
  await expect(registry.default.healthy({ signal: {} as AbortSignal })).rejects.toThrow(TypeError)
})

it('rejects for a healthy scope too if the signal has aborted, and if it aborts and the wedge ends at once', async () => {
  const { registry } = createTestRegistry()
  const state = registry.default
  await expect(state.healthy({ signal: AbortSignal.abort('enough') })).rejects.toBe('enough')
  const controller = new AbortController()
  controller.signal.addEventListener('abort', () => state.clear())
  state.mark('stuck')
  const promise = state.healthy({ signal: controller.signal })
  controller.abort('enough')
  await expect(promise).rejects.toBe('enough')
})

it('leaves nothing behind where the signal is none: clear never throws', async () => {
  const { registry } = createTestRegistry()
  const state = registry.default
  const seen: string[] = []
  registry.on('change', ({ type }) => seen.push(type))
  state.mark('stuck')
  await expect(state.healthy({ signal: new AbortController() as unknown as AbortSignal })).rejects.toThrow(TypeError)
  expect(state.clear()).toBe(true)
  expect(seen).toEqual(['wedged', 'cleared'])
})

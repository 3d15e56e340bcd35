import { defaultRegistry } from '@runtime-wedge/core'
import { captureLogs } from '@runtime-wedge/testing'
import { test } from '@runtime-wedge/testing/vitest'
// This line makes each test of the file begin healthy; `setupFiles: ['@runtime-wedge/testing/vitest/auto']` does so everywhere.
import '@runtime-wedge/testing/vitest/auto'
import { afterEach, beforeEach, describe, expect, vi } from 'vitest'
import { Hermes, type HermesOptions, LegacyAdapter, SomeFatalSdkError } from '../src/index.ts'

const agents: Hermes[] = []

function adapterOf(options?: HermesOptions): LegacyAdapter {
  const hermes = new Hermes(options)
  agents.push(hermes)
  return new LegacyAdapter(hermes)
}

/** Lets the time-out of `initialize` pass in fake time. */
async function outlast(execution: Promise<unknown>): Promise<unknown> {
  const failure = execution.then(
    () => {
      throw new Error('the agent has answered')
    },
    (error: unknown) => error,
  )
  await vi.advanceTimersByTimeAsync(60_000)
  return await failure
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})

afterEach(() => {
  vi.useRealTimers()
  for (const hermes of agents.splice(0)) hermes.close()
})

describe('one adapter in a process', () => {
  test('an answer leaves the process healthy and logs nothing', async () => {
    const { lines } = captureLogs()
    await expect(adapterOf().execute({ prompt: 'hello' })).resolves.toEqual({ answer: 'hermes: hello' })
    expect(defaultRegistry()).not.toBeWedged()
    expect(lines).toEqual([])
  })

  test('a fatal error wedges the process and reaches the caller unchanged', async () => {
    const { lines } = captureLogs()
    const error = await outlast(adapterOf({ silentAfter: 0 }).execute({ prompt: 'hello' }))
    expect(error).toBeInstanceOf(SomeFatalSdkError)
    expect(defaultRegistry()).toBeWedged(
      /^hermes init timeout — restart workspace .*Control request timeout: initialize/,
    )
    expect(lines.map(line => line.level)).toEqual(['error'])
  })

  test('later failures do not change the reason that the operator sees', async () => {
    const adapter = adapterOf({ silentAfter: 0 })
    await outlast(adapter.execute({ prompt: 'hello' }))
    const first = defaultRegistry().reason()
    await expect(adapterOf().execute({ prompt: 'die' })).rejects.toThrow('agent exited with 1')
    expect(defaultRegistry()).toBeWedged(first)
    expect(defaultRegistry().default.marks).toBe(2)
  })

  test('a rate limit is not a wedge', async () => {
    await expect(adapterOf().execute({ prompt: 'too much' })).rejects.toThrow('rate limit exceeded')
    expect(defaultRegistry()).not.toBeWedged()
  })

  test('the first answer after a restart clears the wedge', async () => {
    await outlast(adapterOf({ silentAfter: 0 }).execute({ prompt: 'hello' }))
    expect(defaultRegistry()).toBeWedged()
    const { lines } = captureLogs()
    await adapterOf().execute({ prompt: 'hello' })
    expect(defaultRegistry()).not.toBeWedged()
    expect(lines.map(line => line.level)).toEqual(['info'])
  })

  test('an agent that the host closes is not a wedge', async () => {
    const execution = adapterOf({ silentAfter: 0 }).execute({ prompt: 'hello' })
    agents[0]?.close()
    await expect(execution).rejects.toThrow('client closed')
    expect(defaultRegistry()).not.toBeWedged()
  })

  test('an agent that dies wedges the process', async () => {
    await expect(adapterOf().execute({ prompt: 'die' })).rejects.toThrow('agent exited with 1')
    expect(defaultRegistry()).toBeWedged(/agent exited with 1/)
  })
})

describe('two adapters side by side, inside run', () => {
  test('the success of one does not clear the wedge of the other', async ({ registry, changes }) => {
    const left = registry.run('left', () => adapterOf({ silentAfter: 0 }))
    const right = registry.run('right', () => adapterOf())

    await outlast(registry.run('left', () => left.execute({ prompt: 'hello' })))
    await registry.run('right', () => right.execute({ prompt: 'hello' }))

    expect(registry.scope('left')).toBeWedged(/hermes init timeout/)
    expect(registry.scope('right')).not.toBeWedged()
    expect(registry).toBeWedged(/hermes init timeout/)
    expect(changes.events).toMatchObject([{ type: 'wedged', scope: 'left' }])
  })

  test('each has its own reason and its own recovery', async ({ registry, changes }) => {
    const left = registry.run('left', () => adapterOf({ silentAfter: 0 }))
    const right = registry.run('right', () => adapterOf())
    await outlast(registry.run('left', () => left.execute({ prompt: 'hello' })))
    await expect(registry.run('right', () => right.execute({ prompt: 'die' }))).rejects.toThrow('agent exited')
    expect(registry.scope('left')).toBeWedged(/Control request timeout/)
    expect(registry.scope('right')).toBeWedged(/agent exited with 1/)

    const restarted = registry.run('left', () => adapterOf())
    await registry.run('left', () => restarted.execute({ prompt: 'hello' }))
    expect(registry.scope('left')).not.toBeWedged()
    expect(registry).toBeWedged(/agent exited with 1/)
    expect(changes.events.map(event => `${event.scope} ${event.type}`)).toEqual([
      'left wedged',
      'right wedged',
      'left cleared',
    ])
  })

  test('a wedge inside run does not reach the process-wide flag', async ({ registry }) => {
    await outlast(registry.run('left', () => adapterOf({ silentAfter: 0 }).execute({ prompt: 'hello' })))
    expect(registry).toBeWedged()
    expect(defaultRegistry()).not.toBeWedged()
  })
})

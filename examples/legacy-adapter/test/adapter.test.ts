import { defaultRegistry } from '@runtime-wedge/core'
import { captureLogs } from '@runtime-wedge/testing'
import { test } from '@runtime-wedge/testing/vitest'
// One line in a file, or `setupFiles: ['@runtime-wedge/testing/vitest/auto']` for every file: each test begins healthy.
import '@runtime-wedge/testing/vitest/auto'
import { afterEach, beforeEach, describe, expect, vi } from 'vitest'
import { Hermes, type HermesOptions, LegacyAdapter, SomeFatalSdkError } from '../src/index.ts'

const agents: Hermes[] = []

function adapterOf(options?: HermesOptions): LegacyAdapter {
  const hermes = new Hermes(options)
  agents.push(hermes)
  return new LegacyAdapter(hermes)
}

/** Lets the agent's initialize time-out pass, which no test waits for. */
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

describe('alone in its process', () => {
  test('an answer leaves it healthy, and says nothing', async () => {
    const { lines } = captureLogs()
    await expect(adapterOf().execute({ prompt: 'hello' })).resolves.toEqual({ answer: 'hermes: hello' })
    expect(defaultRegistry()).not.toBeWedged()
    expect(lines).toEqual([])
  })

  test('a fatal error wedges it, and reaches the caller as it is', async () => {
    const { lines } = captureLogs()
    const error = await outlast(adapterOf({ silentAfter: 0 }).execute({ prompt: 'hello' }))
    expect(error).toBeInstanceOf(SomeFatalSdkError)
    expect(defaultRegistry()).toBeWedged(
      /^hermes init timeout — restart workspace .*Control request timeout: initialize/,
    )
    expect(lines.map(line => line.level)).toEqual(['error'])
  })

  test('later failures do not change the reason that an operator sees', async () => {
    const adapter = adapterOf({ silentAfter: 0 })
    await outlast(adapter.execute({ prompt: 'hello' }))
    const first = defaultRegistry().reason()
    await expect(adapterOf().execute({ prompt: 'die' })).rejects.toThrow('agent exited with 1')
    expect(defaultRegistry()).toBeWedged(first)
    expect(defaultRegistry().default.marks).toBe(2)
  })

  test('a rate limit is no wedge', async () => {
    await expect(adapterOf().execute({ prompt: 'too much' })).rejects.toThrow('rate limit exceeded')
    expect(defaultRegistry()).not.toBeWedged()
  })

  test('the first answer after a restart clears it', async () => {
    await outlast(adapterOf({ silentAfter: 0 }).execute({ prompt: 'hello' }))
    expect(defaultRegistry()).toBeWedged()
    const { lines } = captureLogs()
    await adapterOf().execute({ prompt: 'hello' })
    expect(defaultRegistry()).not.toBeWedged()
    expect(lines.map(line => line.level)).toEqual(['info'])
  })

  test('the end that the host wants is no wedge', async () => {
    const execution = adapterOf({ silentAfter: 0 }).execute({ prompt: 'hello' })
    agents[0]?.close()
    await expect(execution).rejects.toThrow('client closed')
    expect(defaultRegistry()).not.toBeWedged()
  })

  test('an agent that dies wedges it', async () => {
    await expect(adapterOf().execute({ prompt: 'die' })).rejects.toThrow('agent exited with 1')
    expect(defaultRegistry()).toBeWedged(/agent exited with 1/)
  })
})

describe('twice, side by side, under run', () => {
  test('one is wedged, and the success of the other does not clear it', async ({ registry, changes }) => {
    const left = registry.run('left', () => adapterOf({ silentAfter: 0 }))
    const right = registry.run('right', () => adapterOf())

    await outlast(registry.run('left', () => left.execute({ prompt: 'hello' })))
    await registry.run('right', () => right.execute({ prompt: 'hello' }))

    expect(registry.scope('left')).toBeWedged(/hermes init timeout/)
    expect(registry.scope('right')).not.toBeWedged()
    expect(registry).toBeWedged(/hermes init timeout/)
    expect(changes.events).toMatchObject([{ type: 'wedged', scope: 'left' }])
  })

  test('each has a reason of its own, and recovers on its own', async ({ registry, changes }) => {
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

  test('nothing of it reaches the process-wide flag', async ({ registry }) => {
    await outlast(registry.run('left', () => adapterOf({ silentAfter: 0 }).execute({ prompt: 'hello' })))
    expect(registry).toBeWedged()
    expect(defaultRegistry()).not.toBeWedged()
  })
})

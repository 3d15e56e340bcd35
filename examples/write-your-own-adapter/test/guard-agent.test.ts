import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { checkGuard, type ScriptedPeer } from '@runtime-wedge/testing/fast-check'
import { test } from '@runtime-wedge/testing/vitest'
import { describe, expect, vi } from 'vitest'
import { type Agent, CommandLineAgent } from '../src/agent.ts'
import { guardAgent } from '../src/guard-agent.ts'

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

/** An agent whose other side is a scripted peer. */
const scripted = (peer: ScriptedPeer): Agent => ({
  start: signal => peer.connect(signal),
  ask: (_, signal) => peer.request(signal),
  onExit: listener => peer.onGone(listener),
  stop: () => {},
})

describe('against a scripted peer', () => {
  test('it is wedged exactly when no later request could succeed, over hundreds of random lives', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      await checkGuard(
        (state, { deadlineMs, suspectLimit }) => {
          const options = { connectDeadlineMs: deadlineMs, requestDeadlineMs: deadlineMs, suspectLimit }
          let agent: Agent
          return {
            connect(peer, { signal }) {
              agent = guardAgent(scripted(peer), state, options)
              return agent.start(signal)
            },
            request: ({ signal }) => agent.ask('hello', signal),
            close: () => agent.stop(),
          }
        },
        { advance: ms => vi.advanceTimersByTimeAsync(ms) },
      )
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('against a real process', () => {
  const start = (): CommandLineAgent => new CommandLineAgent(process.execPath, [at('stubs/agent.mjs')])

  test('an answer clears a wedge; a refusal and an empty answer do not', async ({ registry }) => {
    const state = registry.scope('agent')
    const agent = guardAgent(start(), state)
    await agent.start()
    state.mark('earlier')
    await expect(agent.ask('refuse')).rejects.toThrow('rate limit exceeded')
    expect(await agent.ask('shrug')).toBe('')
    expect(state).toBeWedged('earlier')
    await agent.ask('hello')
    expect(state).not.toBeWedged()
    agent.stop()
  })

  test('a process that dies is a wedge, busy or idle; a process that the host stops is not', async ({
    registry,
    changes,
  }) => {
    const state = registry.scope('agent')
    for (const die of [(agent: Agent) => agent.ask('die').catch(() => {}), (_: Agent, child: Agent) => child.stop()]) {
      const child = start()
      const agent = guardAgent(child, state)
      await agent.start()
      await agent.ask('hello')
      const wedged = new Promise(resolve => state.on('change', resolve, { once: true }))
      die(agent, child)
      await wedged
      expect(state).toBeWedged(/^agent exited with (1|SIGKILL) — restart agent$/)
    }
    const child = start()
    const stopped = guardAgent(child, state)
    await stopped.start()
    await stopped.ask('hello')
    const exit = new Promise<Error>(resolve => child.onExit(resolve))
    stopped.stop()
    expect((await exit).message).toBe('agent exited with SIGKILL')
    expect(changes.events.map(({ type }) => type)).toEqual(['wedged', 'cleared', 'wedged', 'cleared'])
  })

  test('an error that every later request would get too is a wedge', async ({ registry }) => {
    const state = registry.scope('agent')
    const agent = guardAgent(start(), state)
    await agent.start()
    await expect(agent.ask('corrupt')).rejects.toThrow('session is corrupt')
    expect(state).toBeWedged('request: session is corrupt — restart agent')
    agent.stop()
  })

  test('an agent that cannot be started is a wedge', async ({ registry }) => {
    const state = registry.scope('agent')
    const agent = guardAgent(new CommandLineAgent(at('no-such-agent'), []), state)
    await expect(agent.start()).rejects.toThrow('ENOENT')
    expect(state).toBeWedged(/ENOENT — restart agent$/)
  })
})

test('the program prints whether the agent is wedged after each prompt', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [at('dist/main.js')])
  expect(stdout.split('\n')).toEqual([
    'hello: agent: hello',
    '  healthy',
    'refuse this: rate limit exceeded',
    '  healthy',
    'sleep: no answer to a request within 1000 ms',
    '  healthy',
    'sleep again: no answer to a request within 1000 ms',
    '  wedged: no answer to a request within 1000 ms, 2 in a row — restart agent:1',
    'shrug: (nothing)',
    '  wedged: no answer to a request within 1000 ms, 2 in a row — restart agent:1',
    'hello again: agent: hello again',
    '  healthy',
    'corrupt your session: session is corrupt',
    '  wedged: request: session is corrupt — restart agent:1',
    'hello at last: agent: hello at last',
    '  healthy',
    'die: agent exited with 1',
    '  wedged: agent exited with 1 — restart agent:1',
    '',
  ])
}, 60_000)

test('the adapter has at most 40 lines', async () => {
  expect((await readFile(at('src/guard-agent.ts'), 'utf8')).trimEnd().split('\n').length).toBeLessThanOrEqual(40)
})

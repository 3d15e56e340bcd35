import { guardClaude, guardClaudeQuery } from '@runtime-wedge/core/adapters/claude-agent'
import { checkGuard, type MakeGuardSubject, peerLives, type ScriptedPeer } from '@runtime-wedge/testing/fast-check'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  init,
  newState,
  type Params,
  Prompts,
  readAll,
  readTurn,
  Scripted,
  scriptedSdk,
  success,
  text,
  toolResult,
  toolUse,
} from '../claude-support.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  const left = vi.getTimerCount()
  vi.useRealTimers()
  expect(left).toBe(0)
})

const advance = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)

/** Every turn begins with messages that are no proof: who falls silent does so in its middle. */
const beginning = (peer: ScriptedPeer) => (query: Scripted) => {
  query.tell(init, text)
  peer.request().then(
    () => query.tell(success),
    error => {
      if (error.name === 'PeerAnswerError') query.tell({ ...success, is_error: true, result: '529' })
      else query.tell(new Error('Claude Code process exited with code 1'))
    },
  )
}

test('one guard for all sessions of its scope, which fall silent in the middle of a turn', async () => {
  const sessions: MakeGuardSubject = (state, { deadlineMs }) => {
    let peer: ScriptedPeer
    const sdk = {
      query(params: Params): Scripted {
        const query = new Scripted(params, beginning(peer))
        peer.onGone(() => query.tell(new Error('Claude Code process exited with code 1')))
        return query
      },
    }
    const guarded = guardClaude(sdk, state, { idleMs: deadlineMs })
    let prompts: Prompts
    let query: Scripted
    return {
      connect(next) {
        peer = next
        prompts = new Prompts()
        query = guarded.query({ prompt: prompts })
      },
      request() {
        prompts.push()
        return readTurn(query as AsyncIterator<never>)
      },
      close: () => query.close(),
    }
  }
  const lives = peerLives({
    connects: ['answer'],
    replies: ['answer', 'late answer', 'error', 'silence', 'death', 'close'],
    maxParallel: 1,
  })
  await checkGuard(sessions, { advance, lives, suspectLimit: 1, endsAtDeadline: true, numRuns: 300 })
})

test('queries guarded one by one', async () => {
  const queries: MakeGuardSubject = (state, { deadlineMs }) => {
    const open = new Set<Scripted>()
    let peer: ScriptedPeer
    return {
      connect(next) {
        peer = next
      },
      request({ signal }) {
        const answer = (query: Scripted): void => {
          peer.request(signal).then(
            () => query.tell(init, success, undefined),
            error => {
              if (error.name === 'PeerAnswerError') query.tell(init, { ...success, is_error: true }, undefined)
              else query.tell(new Error('Operation aborted'))
            },
          )
        }
        const query = new Scripted({ prompt: 'Hello' }, answer)
        const guarded = guardClaudeQuery(query, state, { firstMessageMs: deadlineMs, signal })
        open.add(guarded)
        return readAll(guarded as AsyncIterable<never>)
      },
      close() {
        for (const query of open) query.close()
      },
    }
  }
  // Each is a process of its own: none dies for all.
  const replies = ['answer', 'late answer', 'error', 'silence', 'close', 'abort'] as const
  const lives = peerLives({ connects: ['answer'], replies })
  await checkGuard(queries, { advance, lives, suspectLimit: 1, numRuns: 300 })
})

const IDLE_MS = 10_000
const FIRST_MS = 30_000
const HOUR = 3_600_000

interface Turn {
  /** How long nobody asks anything before it. */
  readonly restMs: number
  readonly steps: readonly {
    readonly afterMs: number
    readonly does: 'speak' | 'use a tool' | 'ask the host'
    /** How long the tool or the host takes. */
    readonly takesMs: number
  }[]
  readonly ends: 'answered' | 'silent'
}

const turn: fc.Arbitrary<Turn> = fc.record({
  restMs: fc.nat(2 * HOUR),
  steps: fc.array(
    fc.record({
      afterMs: fc.nat(IDLE_MS - 1),
      does: fc.constantFrom('speak', 'use a tool', 'ask the host'),
      takesMs: fc.nat(HOUR),
    }),
    { maxLength: 4 },
  ),
  ends: fc.constantFrom('answered', 'answered', 'silent'),
})

test('with tools, permission requests and long rests: silence alone is a wedge, exactly at its deadline', async () => {
  const run = async (turns: readonly Turn[]): Promise<void> => {
    const state = newState()
    const { query: ask } = guardClaude(scriptedSdk, state, { firstMessageMs: FIRST_MS, idleMs: IDLE_MS })
    let answer = (): void => {}
    const canUseTool = (): Promise<void> =>
      new Promise(resolve => {
        answer = resolve
      })
    let prompts!: Prompts
    let query!: Scripted
    const open = (): void => {
      prompts = new Prompts()
      query = ask({ prompt: prompts, options: { canUseTool } })
      readAll(query as AsyncIterable<never>).catch(() => {})
    }
    open()
    let wedged = false
    const wait = async (ms: number): Promise<void> => {
      await advance(ms)
      expect(state.isWedged()).toBe(wedged)
    }
    for (const { restMs, steps, ends } of turns) {
      await wait(restMs)
      prompts.push()
      await wait(0)
      for (const { afterMs, does, takesMs } of steps) {
        await wait(afterMs)
        query.tell(does === 'use a tool' ? toolUse : text)
        const asked = does === 'ask the host' && query.params.options?.canUseTool?.()
        await wait(does === 'speak' ? 0 : takesMs)
        if (does === 'use a tool') query.tell(toolResult)
        answer()
        await asked
        await wait(0)
      }
      if (ends === 'answered') {
        query.tell(success)
        wedged = false
        await wait(0)
      } else {
        await wait((steps.length > 0 ? IDLE_MS : FIRST_MS) - 1)
        wedged = true
        await wait(1)
        open()
      }
    }
    query.close()
    await wait(2 * HOUR)
  }
  await fc.assert(fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 6 }), run), { numRuns: 300 })
})

import { guardClaude, guardClaudeQuery } from '@runtime-wedge/core/adapters/claude-agent'
import {
  checkGuard,
  type MakeGuardSubject,
  type PeerReplyKind,
  peerLives,
  type ScriptedPeer,
} from '@runtime-wedge/testing/fast-check'
import { describe, test } from 'vitest'
import { pass, useFakeTime } from '../../support/fake-time.ts'
import { init, type Params, Prompts, readAll, readTurn, Scripted, success, text } from '../claude-support.ts'

useFakeTime()

const ALL: readonly PeerReplyKind[] = ['answer', 'late answer', 'error', 'empty', 'silence', 'death', 'close', 'abort']

interface Manner {
  /** A query ends when it is answered. */
  readonly isOneShot: boolean
  /** A turn begins with messages that are no proof: who falls silent does so in its middle, else at its beginning. */
  readonly speaks: boolean
}

/** The SDK, with a Claude Code that does what a script says. */
function claudeOf(peer: ScriptedPeer, { isOneShot, speaks }: Manner) {
  const answer = (query: Scripted): void => {
    if (speaks) query.tell(init, text)
    const end = isOneShot ? [undefined] : []
    peer.request(query.params.options?.abortController?.signal).then(
      // An empty answer is a local command: no model had a part in it.
      result => query.tell(init, { ...success, result, num_turns: result ? 1 : 0 }, ...end),
      error => {
        if (error.name === 'PeerAnswerError') query.tell(init, { ...success, is_error: true, result: '529' }, ...end)
        else if (error.name === 'PeerGoneError') query.tell(new Error('Claude Code process exited with code 1'))
        else query.tell(new Error('Operation aborted'))
      },
    )
  }
  const query = (params: Params): Scripted => {
    const made = new Scripted(params, answer)
    if (!isOneShot) peer.onGone(() => made.tell(new Error('Claude Code process exited with code 1')))
    return made
  }
  return {
    query,
    async startup(params: Pick<Params, 'options'>) {
      await peer.connect(params.options?.abortController?.signal)
      return { query: (prompt: Params['prompt']) => query({ ...params, prompt }) }
    },
  }
}

const controllerOf = (signal: AbortSignal): AbortController => {
  const controller = new AbortController()
  signal.addEventListener('abort', () => controller.abort())
  return controller
}

describe('sessions: no missed wedge, no false one, over random lives of Claude Code', () => {
  test.each([
    ['silent from the beginning of a turn', false],
    ['silent in the middle of a turn', true],
  ])('%s', async (_, speaks) => {
    const sessions: MakeGuardSubject = (state, { deadlineMs }) => {
      let prompts: Prompts
      let query: Scripted | undefined
      let guarded: { close(): void }
      return {
        async connect(peer, { signal }) {
          query = undefined
          prompts = new Prompts()
          const claude = guardClaude(claudeOf(peer, { isOneShot: false, speaks }), state, {
            connectDeadlineMs: deadlineMs,
            firstMessageMs: deadlineMs,
            idleMs: deadlineMs,
          })
          guarded = claude
          const warm = await claude.startup({ options: { abortController: controllerOf(signal) } })
          query = warm.query(prompts)
        },
        async request({ signal }) {
          // An interrupt: Claude Code ends the turn with a result.
          signal.addEventListener('abort', () => query!.tell({ ...success, subtype: 'error_during_execution' }))
          prompts.push()
          await readTurn(query as AsyncIterator<never>)
        },
        close: () => (query ?? guarded).close(),
      }
    }
    const lives = peerLives({ replies: ALL, maxParallel: 1 })
    await checkGuard(sessions, { advance: pass, lives, suspectLimit: 1, endsAtDeadline: true, numRuns: 300 })
  })
})

describe('one-shot queries: no missed wedge, no false one, over random lives', () => {
  // Each is a process of its own: of those at the same time none dies for all.
  const parallel = peerLives({ connects: ['answer'], replies: ALL.filter(kind => kind !== 'death') })
  const serial = peerLives({ connects: ['answer'], replies: ALL, maxParallel: 1 })
  test.each([
    ['guardClaude, one after the other', serial, false],
    ['guardClaude, at the same time', parallel, false],
    ['guardClaudeQuery, at the same time', parallel, true],
  ])('%s', async (_, lives, isShort) => {
    const queries: MakeGuardSubject = (state, { deadlineMs: firstMessageMs }) => {
      const open = new Set<Scripted>()
      let ask: (params: Params) => Scripted
      return {
        connect(peer) {
          const sdk = claudeOf(peer, { isOneShot: true, speaks: false })
          const guarded = guardClaude(sdk, state, { firstMessageMs })
          ask = isShort
            ? params =>
                guardClaudeQuery(sdk.query(params), state, {
                  firstMessageMs,
                  signal: params.options?.abortController?.signal,
                })
            : guarded.query
        },
        request({ signal }) {
          const query = ask({ prompt: 'Hello', options: { abortController: controllerOf(signal) } })
          open.add(query)
          return readAll(query as AsyncIterable<never>)
        },
        close() {
          for (const query of open) query.close()
        },
      }
    }
    await checkGuard(queries, { advance: pass, lives, suspectLimit: 1, numRuns: 300 })
  })
})

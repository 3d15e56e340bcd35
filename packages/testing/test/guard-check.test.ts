import { createGuard, type GuardOptions, WedgeDeadlineError, type WedgeGuard } from '@runtime-wedge/core/guard'
import {
  checkGuard,
  type GuardCheckOptions,
  type GuardSubject,
  type MakeGuardSubject,
  type PeerReplyKind,
  peerLives,
  type ScriptedPeer,
} from '@runtime-wedge/testing/fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Jumps, as the fake time of node:test does; the fastest. */
const advance = (ms: number) => void vi.advanceTimersByTime(ms)
const REPLIES: PeerReplyKind[] = ['answer', 'late answer', 'error', 'empty', 'silence', 'death', 'close', 'abort']

/** What an author of a guarded executor writes, and what can be wrong with it. */
type Flaw = (subject: GuardSubject, parts: Parts) => Partial<GuardSubject>
interface Parts {
  readonly state: Parameters<MakeGuardSubject>[0]
  readonly guard: () => WedgeGuard
  readonly peer: () => ScriptedPeer
}

function subject(flaw: Flaw = () => ({}), flawedOptions: GuardOptions = {}): MakeGuardSubject {
  return (state, { deadlineMs, suspectLimit }) => {
    let guard: WedgeGuard
    let peer: ScriptedPeer
    const sound: GuardSubject = {
      connect(next, { signal }) {
        peer = next
        guard = createGuard(state, {
          connectDeadlineMs: deadlineMs,
          requestDeadlineMs: deadlineMs,
          suspectLimit,
          isSuccess: answer => answer !== '',
          ...flawedOptions,
        })
        return guard.connect(
          call => {
            next.onGone(error => call.report(error))
            return next.connect(call.signal)
          },
          { signal },
        )
      },
      request: ({ signal }) => guard.request(call => peer.request(call.signal), { signal }),
      close: () => guard.close(),
    }
    return { ...sound, ...flaw(sound, { state, guard: () => guard, peer: () => peer }) }
  }
}

const check = (make: MakeGuardSubject, options: Partial<GuardCheckOptions> = {}) =>
  checkGuard(make, { advance, lives: peerLives({ replies: REPLIES }), seed: 1, ...options })

describe('passes', () => {
  it('the guard, whatever its limit', async () => {
    for (const suspectLimit of [1, 2, 3]) await check(subject(), { suspectLimit, seed: undefined, numRuns: 100 })
  })

  it('the guard over a client that ignores its signal', async () => {
    const deaf = subject((_, { guard, peer }) => ({
      request: ({ signal }) => guard().request(() => peer().request(), { signal }),
    }))
    await check(deaf, { seed: undefined, numRuns: 100 })
  })

  it('the guard on a stream for each request', async () => {
    const streams: MakeGuardSubject = (state, { deadlineMs, suspectLimit }) => {
      let guard: WedgeGuard
      let peer: ScriptedPeer
      return {
        connect(next, { signal }) {
          peer = next
          guard = createGuard(state, { connectDeadlineMs: deadlineMs, firstMessageMs: deadlineMs, suspectLimit })
          next.onGone(guard.report.bind(guard))
          return guard.connect(call => next.connect(call.signal), { signal })
        },
        async request({ signal }) {
          const messages = guard.stream(
            async function* (call) {
              yield await peer.request(call.signal)
            },
            { signal },
          )
          for await (const message of messages) return message
          return
        },
        close: () => guard.close(),
      }
    }
    await checkGuard(streams, { advance, suspectLimit: 1, numRuns: 100 })
  })

  it('with fake time that runs from timer to timer', async () => {
    await check(subject(), { advance: ms => vi.advanceTimersByTimeAsync(ms), seed: undefined, numRuns: 30 })
  })
})

describe('finds', () => {
  const flaws: Record<string, [expected: RegExp, flaw: MakeGuardSubject]> = {
    'a guard that never marks': [
      /^missed wedge: /,
      (state, settings) =>
        subject()({ ...state, attempt: () => ({ succeed: () => false, fail: () => false }) }, settings),
    ],
    'a guard that marks on any error': [/^false wedge: /, subject(undefined, { classify: () => 'wedge' })],
    'a guard that never clears': [/^missed recovery: /, subject(undefined, { isSuccess: () => false })],
    'no deadline': [/^(missed wedge|hang): /, subject(undefined, { requestDeadlineMs: Infinity })],
    'a deadline that is too short': [/^false wedge: /, subject(undefined, { requestDeadlineMs: 900 })],
    'one time-out taken for a wedge': [/^false wedge: /, subject(undefined, { suspectLimit: 1 })],
    'a suspect too many': [/^missed wedge: /, subject(undefined, { suspectLimit: 3 })],
    'an answer without content taken for a success': [
      /^false recovery: /,
      subject(undefined, { isSuccess: () => true }),
    ],
    'a resolved connect that clears': [
      /^false recovery: /,
      subject(({ connect }, { state }) => ({
        async connect(...args) {
          await connect(...args)
          state.clear()
        },
      })),
    ],
    'an error answer that clears': [
      /^false recovery: /,
      subject(({ request }, { state }) => ({
        request: call =>
          Promise.resolve(request(call)).catch(error => {
            if (error.name === 'PeerAnswerError') state.clear()
          }),
      })),
    ],
    'a late answer that clears': [
      /^false recovery: /,
      subject((_, { state, guard, peer }) => ({
        request: ({ signal }) =>
          guard().request(
            async call => {
              const answer = await peer().request(call.signal.aborted ? call.signal : undefined)
              if (answer !== '') state.clear()
              return answer
            },
            { signal },
          ),
      })),
    ],
    'parallel time-outs counted one by one': [
      /^false wedge: /,
      subject(({ request }, { state }) => {
        let inARow = 0
        return {
          request: call =>
            Promise.resolve(request(call)).then(
              () => (inARow = 0),
              error => {
                if (!(error instanceof WedgeDeadlineError)) inARow = 0
                else if (++inARow >= 2) state.mark('2 in a row')
              },
            ),
        }
      }),
    ],
    "the caller's abort taken for a sign of life": [
      /^missed wedge: /,
      subject((_, { guard, peer }) => ({ request: ({ signal }) => guard().request(() => peer().request(signal)) })),
    ],
    "the caller's abort taken for a failed connect": [
      /^false wedge: /,
      subject(({ connect }) => ({
        connect(peer, { signal }) {
          return connect({ ...peer, connect: () => peer.connect(signal) }, { signal: new AbortController().signal })
        },
      })),
    ],
    'a death that no one reports': [
      /^missed wedge: /,
      subject(({ connect }) => ({ connect: (peer, call) => connect({ ...peer, onGone: () => {} }, call) })),
    ],
    'an expected close taken for a death': [/^false wedge: /, subject(() => ({ close: () => {} }))],
    'an old peer that kills its successor': [
      /^false wedge: /,
      subject(({ connect }, { guard }) => ({
        connect: (peer, call) => connect({ ...peer, onGone: () => peer.onGone(error => guard().report(error)) }, call),
      })),
    ],
    'an old answer that clears what its successor marked': [
      /^false recovery: /,
      subject((_, { state, guard, peer }) => ({
        request({ signal }) {
          let isLate = false
          const answer = peer().request(signal)
          answer.then(
            text => text === '' || isLate || state.clear(),
            () => {},
          )
          return guard()
            .request(() => answer, { signal })
            .catch(error => {
              isLate = error instanceof WedgeDeadlineError
            })
        },
      })),
    ],
  }

  it.each(Object.entries(flaws))('%s', async (_, [expected, flaw]) => {
    const rejection = await check(flaw).catch((error: Error) => error)
    expect(rejection).toBeInstanceOf(Error)
    expect((rejection as Error).message).toMatch(expected)
    expect((rejection as Error).message).toMatch(/\nCounterexample, shrunk \d+ times: \[.*\nAgain: checkGuard/s)
  })
})

describe('bad input', () => {
  it('is a TypeError that says what to pass', async () => {
    await expect(checkGuard(undefined as never, { advance })).rejects.toThrow(
      'checkGuard(make, { advance }) needs a function as make, got undefined. Pass one that gives a fresh subject each time.',
    )
    await expect(checkGuard(subject(), {} as never)).rejects.toThrow(
      'checkGuard(make, { advance }) needs a function as advance, got undefined. Pass what moves your fake timers, ',
    )
    await expect(checkGuard(subject(), { advance: () => {} })).rejects.toThrow(/lets the timers of those ms fire/)
  })
})

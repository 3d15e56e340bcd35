import type { WedgeState } from '@runtime-wedge/core'
import fc from 'fast-check'
import { createTestRegistry } from '../clock.ts'
import { inputError } from '../input-error.ts'
import { claim, microtasks } from './claims.ts'
import { foresee, type Prospect, type Standing } from './guard-truth.ts'
import { type PeerLife, type PeerReply, peerLives, type ScriptedPeer, scriptedPeer } from './peers.ts'

/** What each call of a subject is given. */
export interface GuardCallUnderTest {
  /** The caller's own signal: it aborts where the script says so. */
  readonly signal: AbortSignal
}

/** A guarded executor, as its host uses it. At the other end of its client is a {@link ScriptedPeer}. */
export interface GuardSubject {
  /** Connects to a new peer, under a guard. A former peer was closed before. */
  connect(peer: ScriptedPeer, call: GuardCallUnderTest): unknown
  /** Sends one request to the peer, under the guard. */
  request(call: GuardCallUnderTest): unknown
  /** Closes the connection, as the host wants it. No one waits for what it returns. */
  close(): unknown
}

/** What a subject must set in its guard. */
export interface GuardSettings {
  /** The deadline of connects and of requests, in milliseconds. */
  readonly deadlineMs: number
  /** How many requests in a row without an answer are a wedge. */
  readonly suspectLimit: number
}

/** Gives a fresh subject, which reports to `state`. */
export type MakeGuardSubject = (state: WedgeState, settings: GuardSettings) => GuardSubject

/** Options of {@link checkGuard}. */
export interface GuardCheckOptions {
  /**
   * Lets `ms` milliseconds pass for the global timers: `ms => vi.advanceTimersByTimeAsync(ms)`,
   * `ms => mock.timers.tick(ms)`.
   */
  readonly advance: (ms: number) => unknown
  /**
   * The deadline of connects and of requests that the subject must set, in milliseconds.
   *
   * @default 1_000
   */
  readonly deadlineMs?: number | undefined
  /**
   * How many requests in a row without an answer are a wedge: 1 for a subject whose deadlines are wedges, like those of
   * streams.
   *
   * @default 2
   */
  readonly suspectLimit?: number | undefined
  /**
   * Whether a request without an answer in time ends the connection, as it does if the request is a turn of a stream.
   *
   * @default false
   */
  readonly endsAtDeadline?: boolean | undefined
  /**
   * What the peers do.
   *
   * @default peerLives({ deadlineMs })
   */
  readonly lives?: fc.Arbitrary<readonly PeerLife[]> | undefined
  /**
   * How many runs to check.
   *
   * @default 300
   */
  readonly numRuns?: number | undefined
  /**
   * Repeats the runs of an earlier check, whose error names this seed.
   *
   * @default a new one each time
   */
  readonly seed?: number | undefined
}

/**
 * Checks that a guard's flag is right: wedged exactly when no later request could succeed. The truth is known, because the
 * peers are scripted. A peer is wedged if it is dead, was never connected, or left `suspectLimit` requests in a row (five
 * in parallel are one) without an answer in time; from that moment until a later request succeeds. Nothing else is a wedge:
 * an error as an answer, the caller's abort, the host's close and whatever an old peer still does change nothing. The
 * README has an example, under "A guard's flag". Never waits for real time.
 *
 * @param make gives a fresh subject each time
 * @returns a promise that rejects with what went wrong: its message begins with `missed wedge:`, `false wedge:`,
 * `missed recovery:`, `false recovery:` or `hang:`, and has a shrunk counterexample
 * @throws TypeError unless `make` and `advance` are functions, or if `advance` moves no timer
 */
export async function checkGuard(make: MakeGuardSubject, options: GuardCheckOptions): Promise<void> {
  const { advance, deadlineMs = 1_000, numRuns = 300, seed } = options
  for (const [name, received] of Object.entries({ make, advance })) {
    if (typeof received === 'function') continue
    throw inputError(CHECK_GUARD, `a function as ${name}`, received, WAYS_OUT[name]!)
  }
  await assertTimersFire(advance)
  const lives = options.lives ?? peerLives({ deadlineMs })
  const property = fc.asyncProperty(lives, run => new GuardRun(make, options, deadlineMs).live(run))
  const details = await fc.check(property, seed === undefined ? { numRuns } : { numRuns, seed })
  if (!details.failed) return
  const { errorInstance: error, counterexample, numShrinks } = details
  throw new Error(
    `${error instanceof Error ? error.message : fc.stringify(error)}\nCounterexample, shrunk ${numShrinks} times: ${fc.stringify(counterexample)}\nAgain: checkGuard(make, { ..., seed: ${details.seed}, numRuns: ${numRuns} })`,
    { cause: error },
  )
}

const CHECK_GUARD = 'checkGuard(make, { advance })'
const WAYS_OUT: Readonly<Record<string, string>> = {
  make: 'Pass one that gives a fresh subject each time.',
  advance: 'Pass what moves your fake timers, such as ms => vi.advanceTimersByTime(ms).',
}

async function assertTimersFire(advance: GuardCheckOptions['advance']): Promise<void> {
  let fired = false
  const timer = setTimeout(() => {
    fired = true
  }, 1)
  await advance(1)
  clearTimeout(timer)
  if (fired) return
  const rule = 'an advance(ms) that lets the timers of those ms fire'
  throw inputError(CHECK_GUARD, rule, advance, 'No timer fired: use fake timers, and pass what moves them.')
}

/** One run of lives: what is true of the peer, and what the flag did. */
class GuardRun {
  readonly #state = createTestRegistry().registry.scope('guarded')
  readonly #transitions = new Set<'wedged' | 'cleared'>()
  readonly #subject: GuardSubject
  readonly #advance: GuardCheckOptions['advance']
  readonly #settings: GuardSettings & Pick<GuardCheckOptions, 'endsAtDeadline'>
  #standing: Standing = { wedged: false, isDead: false, unanswered: 0 }

  constructor(make: MakeGuardSubject, options: GuardCheckOptions, deadlineMs: number) {
    const { advance, suspectLimit = 2, endsAtDeadline } = options
    this.#advance = advance
    this.#settings = { deadlineMs, suspectLimit, endsAtDeadline }
    this.#state.on('change', ({ type }) => this.#transitions.add(type))
    this.#subject = make(this.#state, this.#settings)
  }

  async live(lives: readonly PeerLife[]): Promise<void> {
    for (const life of lives) {
      const peer = scriptedPeer(life)
      try {
        await this.#connectAndAsk(peer, life)
      } finally {
        this.#close(peer)
      }
      await this.#pass(0)
    }
    // By then everything late has arrived, and the last peer is gone.
    await this.#pass(5 * this.#settings.deadlineMs)
    this.#verify({ ...this.#standing, mayWedge: false, mayClear: false }, 'after the end')
  }

  async #connectAndAsk(peer: ScriptedPeer, { connect, bursts }: PeerLife): Promise<void> {
    await this.#perform('connect', [connect], peer, call => this.#subject.connect(peer, call))
    if (connect.kind !== 'answer') return
    for (const replies of bursts) {
      const { ending } = await this.#perform('request', replies, peer, call => this.#subject.request(call))
      if (ending?.kind === 'close') return
    }
  }

  async #perform(
    phase: 'connect' | 'request',
    replies: readonly PeerReply[],
    peer: ScriptedPeer,
    act: (call: GuardCallUnderTest) => unknown,
  ): Promise<Prospect> {
    const prospect = foresee(phase, replies, this.#standing, this.#settings)
    const pending = new Set(prospect.ending ? [] : replies.filter(({ kind }) => kind !== 'abort'))
    for (const reply of replies) {
      const caller = new AbortController()
      const settled = (): unknown => pending.delete(reply)
      new Promise(resolve => resolve(act({ signal: caller.signal }))).then(settled, settled)
      if (reply.kind === 'abort') setTimeout(() => caller.abort(), reply.afterMs)
      if (reply.kind === 'close' && reply === prospect.ending) setTimeout(() => this.#close(peer), reply.afterMs)
    }
    const moments = replies.map(({ afterMs }) => afterMs).filter(ms => ms < prospect.afterMs)
    let now = 0
    for (const moment of [...moments.sort((a, b) => a - b), prospect.afterMs]) {
      await this.#pass(moment - now)
      now = moment
    }
    const script = `${phase}: ${replies.map(({ kind, afterMs }) => `${kind} after ${afterMs} ms`).join(', ')}`
    this.#verify(prospect, script)
    claim(pending.size === 0, `hang: ${pending.size} have not settled by the deadline (${script})`)
    this.#standing = prospect
    return prospect
  }

  #close(peer: ScriptedPeer): void {
    new Promise(resolve => resolve(this.#subject.close())).catch(() => {})
    peer.close()
  }

  /** In steps: what began first must settle first, even with a runner whose fake time jumps. */
  async #pass(ms: number): Promise<void> {
    await microtasks()
    await this.#advance(ms)
    await microtasks()
  }

  #verify({ mayWedge, mayClear, wedged }: Pick<Prospect, 'mayWedge' | 'mayClear' | 'wedged'>, when: string): void {
    const state = this.#state
    claim(mayWedge || !this.#transitions.has('wedged'), `false wedge: "${state.reason()}" (${when})`)
    claim(mayClear || !this.#transitions.has('cleared'), `false recovery: cleared without a success (${when})`)
    claim(!wedged || state.isWedged(), `missed wedge: no later request could succeed (${when})`)
    claim(wedged || !state.isWedged(), `missed recovery: a request has succeeded (${when})`)
    this.#transitions.clear()
  }
}

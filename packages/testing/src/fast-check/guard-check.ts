import type { WedgeState } from '@runtime-wedge/core'
import fc from 'fast-check'
import { createTestRegistry } from '../clock.ts'
import { claim, microtasks } from './claims.ts'
import { foresee, type Prospect, type Standing } from './guard-truth.ts'
import { type PeerLife, type PeerReply, peerLives, type ScriptedPeer, scriptedPeer } from './peers.ts'

export interface GuardCallUnderTest {
  /** The caller's own: aborts where the script says so. */
  readonly signal: AbortSignal
}

/** A guarded executor: what a host does with it. Its client's other side is a {@link ScriptedPeer}. */
export interface GuardSubject {
  /** Connects to a new peer, under a guard; after a `close` when there was one before. */
  connect(peer: ScriptedPeer, call: GuardCallUnderTest): unknown
  /** Sends one request to the peer, under the guard. */
  request(call: GuardCallUnderTest): unknown
  /** The end that the host wants. Not waited for. */
  close(): unknown
}

export interface GuardSettings {
  /** For connects and requests alike. */
  readonly deadlineMs: number
  /** How many requests in a row without an answer are a wedge. */
  readonly suspectLimit: number
}

/** Gives a fresh subject that keeps `state` right. */
export type MakeGuardSubject = (state: WedgeState, settings: GuardSettings) => GuardSubject

export interface GuardCheckOptions {
  /**
   * Lets so much time pass for the global timers: `ms => vi.advanceTimersByTimeAsync(ms)`, `ms => mock.timers.tick(ms)`.
   */
  readonly advance: (ms: number) => unknown
  /** The deadline that the subject is to set, for connects and requests alike; 1,000 by default. */
  readonly deadlineMs?: number | undefined
  /** 2 by default; 1 for a subject whose deadlines are wedges, as those of streams are. */
  readonly suspectLimit?: number | undefined
  /** Whether a request that had no answer in time is the end of the connection, as where it is a turn of a stream. */
  readonly endsAtDeadline?: boolean | undefined
  /** What the peers do; `peerLives({ deadlineMs })` by default. */
  readonly lives?: fc.Arbitrary<readonly PeerLife[]> | undefined
  /** How many runs; 300 by default. */
  readonly numRuns?: number | undefined
  /** Makes the runs those of an earlier check: its error tells the seed. */
  readonly seed?: number | undefined
}

/**
 * Checks that a guard's flag is right: wedged exactly when no later request could succeed. The truth is known, since the
 * peers are scripted: a peer that is dead, that was never connected, or that left `suspectLimit` requests in a row (five in
 * parallel are one) without an answer in time is wedged, from that very moment until a later request succeeds, and nothing
 * else is: an error as an answer, the caller's abort, the host's close, and whatever an old peer still does change nothing.
 * The README has an example, under "A guard's flag".
 *
 * @returns a promise that rejects with what went wrong, beginning `missed wedge:`, `false wedge:`, `missed recovery:`,
 * `false recovery:` or `hang:`, with a shrunk counterexample
 * @throws TypeError for what is no function, or an `advance` that moves no timer
 */
export async function checkGuard(make: MakeGuardSubject, options: GuardCheckOptions): Promise<void> {
  const { advance, deadlineMs = 1_000, numRuns = 300, seed } = options
  for (const [name, value] of Object.entries({ make, advance })) {
    if (typeof value === 'function') continue
    throw new TypeError(`checkGuard(make, { advance }) needs a function as ${name}, got ${typeof value}.`)
  }
  await needTimers(advance)
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

async function needTimers(advance: GuardCheckOptions['advance']): Promise<void> {
  let fired = false
  const timer = setTimeout(() => {
    fired = true
  }, 1)
  await advance(1)
  clearTimeout(timer)
  if (fired) return
  throw new TypeError(
    'checkGuard(make, { advance }) needs an advance(ms) that lets the timers of those ms fire, and none fired. Use fake timers, and pass what moves them.',
  )
}

/** One run of lives, with what is known of them and what the flag did. */
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
    // What was late has come by then, and the last peer is gone.
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

  /** By steps, so that also with a runner whose fake time jumps, what was begun first is settled first. */
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

import fc from 'fast-check'

/** What becomes of a request, or of a connect. In `close` the host, in `abort` the caller ends it, while the peer is silent. */
export type PeerReplyKind = 'answer' | 'late answer' | 'error' | 'empty' | 'silence' | 'death' | 'close' | 'abort'

export interface PeerReply {
  readonly kind: PeerReplyKind
  /** How long after the request it happens; of no matter for a silence. */
  readonly afterMs: number
}

/** From one connect to the end of that connection. */
export interface PeerLife {
  readonly connect: PeerReply
  /** The requests. Those of one burst begin together; the next burst begins when they have settled. */
  readonly bursts: readonly (readonly PeerReply[])[]
  /** How long after the host's close the peer is seen to go, be it in the middle of its successor's life. */
  readonly goneMs: number
}

/** The peer answered with an error: it works. */
export class PeerAnswerError extends Error {
  override readonly name = 'PeerAnswerError'
}

/** The peer died, or went after it was closed: it will never answer. */
export class PeerGoneError extends Error {
  override readonly name = 'PeerGoneError'
}

/** What stands for the process or the server behind an SDK. */
export interface ScriptedPeer {
  /** Does what the script says of the connect; else like {@link request}. */
  connect(signal?: AbortSignal): Promise<string>
  /**
   * Takes the next reply of the script; after the last one the peer is silent.
   *
   * @returns a promise of the answer (`''` for an empty one) that stays pending while the peer is silent, and rejects with
   * a {@link PeerAnswerError}, a {@link PeerGoneError} or the signal's reason
   */
  request(signal?: AbortSignal): Promise<string>
  /** Calls `listener` when the peer goes, by death and after a close alike; what was in flight fails with the same error. */
  onGone(listener: (error: PeerGoneError) => void): void
  /** The host has closed the connection: the peer goes after `goneMs`. */
  close(): void
}

/**
 * Makes a peer that does what its script says. It waits by the global timers, so that fake ones drive it, and never cares
 * that it was given up: what is late still comes.
 */
export function scriptedPeer({ connect, bursts, goneMs }: PeerLife): ScriptedPeer {
  const replies = bursts.flat()
  const concerned: ((error: PeerGoneError) => void)[] = []
  let gone: PeerGoneError | undefined
  const go = (how: string): void => {
    if (gone) return
    gone = new PeerGoneError(how)
    for (const tell of concerned) tell(gone)
  }
  const take = (reply: PeerReply | undefined, signal: AbortSignal | undefined): Promise<string> =>
    new Promise((resolve, reject) => {
      if (gone) return reject(gone)
      concerned.push(reject)
      const abort = (): void => reject(signal?.reason)
      if (signal?.aborted) abort()
      else signal?.addEventListener('abort', abort, { once: true })
      const answer = (): void => resolve('an answer')
      const acts: Partial<Record<PeerReplyKind, () => void>> = {
        answer,
        'late answer': answer,
        empty: () => resolve(''),
        error: () => reject(new PeerAnswerError('the peer answers with an error')),
        death: () => go('the peer has died'),
      }
      const act = reply && acts[reply.kind]
      if (act) setTimeout(() => gone || act(), reply.afterMs)
    })
  return {
    connect: signal => take(connect, signal),
    request: signal => take(replies.shift(), signal),
    onGone: listener => void concerned.push(listener),
    close: () => void setTimeout(() => go('the peer was closed'), goneMs),
  }
}

export interface PeerLivesOptions {
  /** What divides an answer from a late one; 1,000 by default. */
  readonly deadlineMs?: number | undefined
  /** What may become of a request; everything but `empty` by default, which a subject must be able to tell from an answer. */
  readonly replies?: readonly PeerReplyKind[] | undefined
  /** What may become of a connect; everything but `empty` by default. Without failures for an SDK that has no connect. */
  readonly connects?: readonly PeerReplyKind[] | undefined
  /** How many requests a burst may have; 4 by default, 1 for an SDK that takes one after the other. */
  readonly maxParallel?: number | undefined
}

/** The first is where shrinking leads. Endings are rare, or few lives would have a second burst. */
const WEIGHTS: Readonly<Record<PeerReplyKind, number>> = {
  answer: 4,
  silence: 3,
  'late answer': 3,
  error: 2,
  empty: 2,
  abort: 2,
  death: 1,
  close: 1,
}
const KINDS = (Object.keys(WEIGHTS) as PeerReplyKind[]).filter(kind => kind !== 'empty')

/** The lives of one executor, a restart between each two: answers, late ones, errors, silence, death, expected ends. */
export function peerLives(options: PeerLivesOptions = {}): fc.Arbitrary<PeerLife[]> {
  const { deadlineMs = 1_000, replies = KINDS, connects = KINDS, maxParallel = 4 } = options
  const choose = (kinds: readonly PeerReplyKind[], answers: number): fc.Arbitrary<PeerReply> =>
    fc.oneof(
      ...kinds.map(kind => ({
        weight: kind === 'answer' ? answers : WEIGHTS[kind],
        arbitrary: fc.record({ kind: fc.constant(kind), afterMs: time(kind, deadlineMs) }),
      })),
    )
  const burst = fc.array(choose(replies, WEIGHTS.answer), { minLength: 1, maxLength: maxParallel, size: 'max' })
  return fc.array(
    fc.record({
      connect: choose(connects, 40),
      bursts: fc.array(burst, { maxLength: 6, size: 'max' }),
      goneMs: fc.nat(3 * deadlineMs),
    }),
    { minLength: 1, maxLength: 4, size: 'max' },
  )
}

/** Nothing else happens at the moment of an ending: those have the odd milliseconds. */
function time(kind: PeerReplyKind, deadlineMs: number): fc.Arbitrary<number> {
  const half = Math.floor(deadlineMs / 2) - 1
  if (kind === 'silence') return fc.constant(0)
  if (kind === 'late answer') return fc.integer({ min: deadlineMs + 1, max: 4 * deadlineMs })
  const isEnding = kind === 'death' || kind === 'close' || kind === 'abort'
  return fc.nat(half).map(times => 2 * times + (isEnding ? 1 : 0))
}

import fc from 'fast-check'

/**
 * How a request, or a connect, ends. With `close` the host ends it, and with `abort` the caller does, while the peer is
 * silent.
 */
export type PeerReplyKind = 'answer' | 'late answer' | 'error' | 'empty' | 'silence' | 'death' | 'close' | 'abort'

/** What a peer does about one request, or one connect. */
export interface PeerReply {
  /** What happens. */
  readonly kind: PeerReplyKind
  /** How long after the request it happens, in milliseconds; meaningless for a silence. */
  readonly afterMs: number
}

/** What a peer does from one connect to the end of that connection. */
export interface PeerLife {
  /** How the connect ends. */
  readonly connect: PeerReply
  /** How the requests end. Those of one burst begin together; the next burst begins when they have settled. */
  readonly bursts: readonly (readonly PeerReply[])[]
  /** How long after the host's close the peer goes, in milliseconds; that may be in the middle of its successor's life. */
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

/** Stands for the process or the server behind an SDK. */
export interface ScriptedPeer {
  /** Does what the script says about the connect; in all else it is like {@link ScriptedPeer.request}. */
  connect(signal?: AbortSignal): Promise<string>
  /**
   * Takes the next reply of the script; after the last one the peer is silent.
   *
   * @returns a promise of the answer (`''` for an empty one) that stays pending while the peer is silent, and rejects with
   * a {@link PeerAnswerError}, a {@link PeerGoneError} or the signal's reason
   */
  request(signal?: AbortSignal): Promise<string>
  /** Calls `listener` when the peer goes, by death or after a close; what was in flight fails with the same error. */
  onGone(listener: (error: PeerGoneError) => void): void
  /** Tells the peer that the host has closed the connection: it goes after `goneMs`. */
  close(): void
}

/**
 * Makes a peer that does what its script says. It waits with the global timers, so that fake ones drive it. It never stops
 * because its caller has given up: a late answer still arrives.
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

/** Options of {@link peerLives}. */
export interface PeerLivesOptions {
  /**
   * What divides an answer from a late one, in milliseconds.
   *
   * @default 1_000
   */
  readonly deadlineMs?: number | undefined
  /**
   * How a request may end. Add `empty` if the subject can tell it from an answer.
   *
   * @default every kind but `empty`
   */
  readonly replies?: readonly PeerReplyKind[] | undefined
  /**
   * How a connect may end: `['answer']` for an SDK that has no connect.
   *
   * @default every kind but `empty`
   */
  readonly connects?: readonly PeerReplyKind[] | undefined
  /**
   * How many requests a burst may have: 1 for an SDK that takes one after the other.
   *
   * @default 4
   */
  readonly maxParallel?: number | undefined
}

/** Shrinking leads to the first. Endings are rare, or few lives would have a second burst. */
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

/** Lives of one executor, with a restart between any two: answers, late ones, errors, silence, death, expected ends. */
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

/** Endings have the odd milliseconds, so that nothing else happens at the same moment. */
function time(kind: PeerReplyKind, deadlineMs: number): fc.Arbitrary<number> {
  const half = Math.floor(deadlineMs / 2) - 1
  if (kind === 'silence') return fc.constant(0)
  if (kind === 'late answer') return fc.integer({ min: deadlineMs + 1, max: 4 * deadlineMs })
  const isEnding = kind === 'death' || kind === 'close' || kind === 'abort'
  return fc.nat(half).map(times => 2 * times + (isEnding ? 1 : 0))
}

import fc from 'fast-check'

/**
 * What becomes of one request, or of a connect. The last three end more than that: `death` takes the peer and everything in
 * flight with it; `close` is the host's expected end, and `abort` the caller's, both while the peer is silent.
 */
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

/** The peer is gone: no request will ever be answered. */
export class PeerGoneError extends Error {
  override readonly name = 'PeerGoneError'
}

/**
 * A peer that does what its script says: stands for the process or the server behind an SDK. Waits by the global timers,
 * so that fake ones drive it. Ignores that it was given up: what is late still comes.
 */
export class ScriptedPeer {
  readonly #life: PeerLife
  readonly #replies: Iterator<PeerReply>
  readonly #inFlight = new Set<(error: Error) => void>()
  readonly #listeners: ((error: PeerGoneError) => void)[] = []
  #gone: PeerGoneError | undefined

  constructor(life: PeerLife) {
    this.#life = life
    this.#replies = life.bursts.flat().values()
  }

  /** @returns like {@link request} */
  connect(signal?: AbortSignal): Promise<string> {
    return this.#reply(this.#life.connect, signal)
  }

  /**
   * Takes the next reply of the script; after the last one the peer is silent.
   *
   * @returns a promise of the answer, `''` for an empty one. Rejects with a {@link PeerAnswerError}, with a
   * {@link PeerGoneError}, or with the signal's reason; stays pending while the peer is silent
   */
  request(signal?: AbortSignal): Promise<string> {
    const next = this.#replies.next()
    return this.#reply(next.done ? undefined : next.value, signal)
  }

  /** Calls `listener` when the peer is gone, after death and after a close alike, once what was in flight has failed. */
  onGone(listener: (error: PeerGoneError) => void): void {
    this.#listeners.push(listener)
  }

  /** The host has closed the connection: the peer goes after `goneMs`. Idempotent. */
  close(): void {
    setTimeout(() => this.#go('closed'), this.#life.goneMs)
  }

  #reply(reply: PeerReply | undefined, signal: AbortSignal | undefined): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#gone) return reject(this.#gone)
      this.#inFlight.add(reject)
      const abort = (): void => reject(signal?.reason)
      if (signal?.aborted) abort()
      else signal?.addEventListener('abort', abort, { once: true })
      const happen = { answer: 'an answer', 'late answer': 'an answer', empty: '', error: null, death: undefined }
      if (!reply || !(reply.kind in happen)) return
      setTimeout(() => {
        if (this.#gone) return
        if (reply.kind === 'death') return this.#go('died')
        this.#inFlight.delete(reject)
        if (reply.kind === 'error') reject(new PeerAnswerError('the peer answers with an error'))
        else resolve(reply.kind === 'empty' ? '' : 'an answer')
      }, reply.afterMs)
    })
  }

  #go(how: string): void {
    if (this.#gone) return
    const gone = new PeerGoneError(`the peer has ${how === 'died' ? 'died' : 'been closed'}`)
    this.#gone = gone
    for (const reject of this.#inFlight) reject(gone)
    for (const listener of this.#listeners) listener(gone)
  }
}

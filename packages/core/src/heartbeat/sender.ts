import type { Clean } from './clean.ts'
import { startDeadline } from './deadline.ts'
import { type Answer, type Post, post } from './post.ts'
import type { Troubles } from './troubles.ts'

/** How a sender reaches the platform, and where it reports troubles. */
export interface SenderOptions extends Pick<Post, 'url' | 'headers' | 'fetch'> {
  readonly timeoutMs: number
  readonly clean: Clean
  readonly troubles: Troubles
}

/** How many characters of what a platform says are logged. */
const ERROR_CAP = 200

/** Sends one beat at a time, each with a deadline whatever `headers` and `fetch` do. */
export class Sender {
  readonly #options: SenderOptions
  #failures = 0
  #sending = new AbortController()
  #endDeadline = (): void => {}

  constructor(options: SenderOptions) {
    this.#options = options
  }

  /**
   * Sends one beat. Never rejects.
   *
   * @param body makes the body, when everything else is ready to be sent
   * @returns how many sends in a row have failed by now
   */
  async send(body: () => string): Promise<number> {
    this.close()
    this.#sending = new AbortController()
    this.#endDeadline = startDeadline(this.#options.timeoutMs, () => this.expire(), { keepsAlive: false })
    const isDelivered = await this.#deliver(body, this.#sending.signal)
    this.#failures = isDelivered ? 0 : this.#failures + 1
    return this.#failures
  }

  /** Gives up the send in flight: the platform had its time. */
  expire(): void {
    this.#sending.abort(new Error(`no answer within ${this.#options.timeoutMs} ms`))
  }

  /** Stops reading the last answer, and leaves no timer. Not for a send in flight. */
  close(): void {
    this.#endDeadline()
    this.#sending.abort()
  }

  async #deliver(body: () => string, signal: AbortSignal): Promise<boolean> {
    const { url, headers, fetch, troubles } = this.#options
    const expired = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
    })
    try {
      // Not synchronously: a mark does not wait for `headers` or `stats`, and what its caller does in one go is one send.
      const posted = Promise.resolve().then(() => post({ url, headers, fetch, body, signal }))
      const answer = await Promise.race([posted, expired])
      if (answer.isAccepted) {
        this.#delivered(answer)
        return true
      }
      const said = this.#said(await Promise.race([answer.error, expired.catch(() => undefined)]))
      troubles.begin('refused', new Error(`it answered ${answer.status}${said && `: ${said}`}`))
    } catch (error) {
      troubles.begin('unreachable', error)
    }
    this.close()
    return false
  }

  /** The beat has arrived: what the answer says is read meanwhile, and no beat waits for it. */
  #delivered({ error }: Answer): void {
    const { troubles } = this.#options
    const endDeadline = this.#endDeadline
    const troubled = [troubles.end('unreachable'), troubles.end('refused')]
    if (troubled.includes(true)) troubles.info(`heartbeat delivered again after ${this.#failures} failed`)
    error.then(text => {
      endDeadline()
      if (text === undefined) return
      const said = this.#said(text)
      if (said) troubles.begin('dropped', new Error(`it answered: ${said}`))
      else troubles.end('dropped')
    })
  }

  #said(error: string | undefined): string {
    return this.#options.clean(error, ERROR_CAP)
  }
}

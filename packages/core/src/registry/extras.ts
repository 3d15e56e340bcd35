import { Channel } from '../delivery/channel.ts'
import { abortReason, assertSignal, isAborted, onAbort, ownSignal } from '../foreign/abort-signal.ts'
import { CertainCall } from '../foreign/exhausted-stack.ts'

/** What only some scopes need, kept apart so that the others stay small. */
export class Extras {
  #channel: Channel | undefined
  /** Aborts the signal for the next wedge. */
  #controller: AbortController | undefined
  /** Settle the promises of those who wait for the scope to be healthy. A set, so that removing one takes one step. */
  #waiters: Set<() => void> | undefined

  /** The scope's own listeners, if anyone ever listened. */
  get channel(): Channel | undefined {
    return this.#channel
  }

  openChannel(): Channel {
    this.#channel ??= new Channel(['change'])
    return this.#channel
  }

  get signal(): AbortSignal {
    if (this.#controller) return this.#controller.signal
    this.#controller = new AbortController()
    return ownSignal(this.#controller)
  }

  /** @returns a call that aborts the signal; `undefined` if no one asked for the signal */
  aborter(makeReason: () => Error): CertainCall | undefined {
    const controller = this.#controller
    return controller && new CertainCall(() => controller.abort(makeReason()))
  }

  /** From here on {@link signal} is that of the next wedge. */
  renewSignal(): void {
    this.#controller = undefined
  }

  /** @returns a promise that rejects with the signal's reason if the signal aborts before {@link settleWaiters} */
  wait(options: { readonly signal?: AbortSignal | undefined } | undefined, isWedged: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const signal = options?.signal
      assertSignal('healthy({ signal })', signal)
      if (!isWedged && !isAborted(signal)) return resolve()
      this.#waiters ??= new Set()
      const waiters = this.#waiters
      let stopListening = (): void => {}
      const settle = (): void => {
        waiters.delete(settle)
        stopListening()
        if (isAborted(signal)) reject(abortReason(signal))
        else resolve()
      }
      waiters.add(settle)
      stopListening = onAbort(signal, settle)
    })
  }

  /** @returns a call that resolves what {@link wait} returned; `undefined` if no one waits */
  settler(): CertainCall | undefined {
    return this.#waiters?.size ? new CertainCall(() => this.settleWaiters()) : undefined
  }

  settleWaiters(): void {
    for (const settle of this.#waiters ?? []) settle()
  }
}

import { abortReason, isAborted, onAbort, ownSignal } from '../foreign/abort-signal.ts'

/**
 * The signal that guarded work is given: it aborts when its caller's does, or at the deadline. Made when first read,
 * because most work never reads it. Never throws, whatever the caller's signal does.
 */
export class CallSignal {
  #caller: AbortSignal | undefined
  #own: AbortController | undefined
  #expiry: Error | undefined
  #stopWaiting: (() => void) | undefined

  constructor(caller: AbortSignal | undefined) {
    this.#caller = caller
  }

  get isCallerAborted(): boolean {
    return isAborted(this.#caller)
  }

  get signal(): AbortSignal {
    if (!this.#own) {
      const own = new AbortController()
      ownSignal(own)
      this.#own = own
      if (this.#expiry) own.abort(this.#expiry)
      else {
        const caller = this.#caller
        this.#stopWaiting = onAbort(caller, () => own.abort(abortReason(caller)))
      }
    }
    return this.#own.signal
  }

  /** The deadline has passed. */
  expire(error: Error): void {
    this.detach()
    this.#expiry = error
    this.#own?.abort(error)
  }

  /** Stops listening to the caller's signal, which may live as long as the host. */
  detach(): void {
    this.#stopWaiting?.()
    this.#caller = undefined
  }
}

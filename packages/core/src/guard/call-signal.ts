import { isAborted, onAbort } from '../foreign/abort-signal.ts'

/**
 * The signal that guarded work is given: it aborts when its caller's does, or at the deadline. Made when first read, since
 * most work never looks. Never throws, whatever the caller's signal does.
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
      const own = newController()
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

  /** Leaves the caller's signal, which may live on for as long as the host. */
  detach(): void {
    this.#stopWaiting?.()
    this.#caller = undefined
  }
}

/** Any number may listen to a signal of the guard's own, where Node would warn of a leak from the eleventh listener on. */
function newController(): AbortController {
  const controller = new AbortController()
  const { process } = globalThis as { process?: Partial<NodeJS.Process> }
  try {
    process?.getBuiltinModule?.('node:events').setMaxListeners(0, controller.signal)
  } catch {
    // A controller that is not Node's own (jsdom's, a polyfill) knows no such warning.
  }
  return controller
}

function abortReason(signal: AbortSignal | undefined): unknown {
  try {
    return signal?.reason
  } catch {
    return undefined
  }
}

import { inputError } from './input-error.ts'

/** Who waits for one signal: one `abort` listener serves all, because Node warns of a leak from the eleventh listener on. */
interface Wait {
  readonly acts: Set<() => void>
  readonly listener: () => void
}

const waits = new WeakMap<AbortSignal, Wait>()

/** @throws TypeError unless `received` is `undefined` or has all that is needed of an AbortSignal */
export function assertSignal(option: string, received: unknown): void {
  if (received === undefined || isSignal(received)) return
  throw inputError(option, 'an AbortSignal', received, 'Pass the signal of an AbortController, or leave it out.')
}

/** Whether `received` has all that is needed of an AbortSignal. Never throws: its getters are foreign code. */
export function isSignal(received: unknown): received is AbortSignal {
  try {
    const { aborted, addEventListener } = Object(received) as Partial<AbortSignal>
    return typeof aborted === 'boolean' && typeof addEventListener === 'function'
  } catch {
    return false
  }
}

/** Whether it has aborted. Never throws: a signal that was passed in may be foreign code. */
export function isAborted(signal: AbortSignal | undefined): boolean {
  try {
    return signal?.aborted === true
  } catch {
    return false
  }
}

/** Why it aborted. Never throws. */
export function abortReason(signal: AbortSignal | undefined): unknown {
  try {
    return signal?.reason
  } catch {
    return undefined
  }
}

/**
 * Calls `act`, which must not throw, when `signal` aborts, or at once if it already has. Never throws, whatever the signal
 * does.
 *
 * @returns a function that ends the wait; idempotent
 */
export function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  if (!signal) return () => {}
  if (isAborted(signal)) {
    act()
    return () => {}
  }
  const { acts } = waits.get(signal) ?? startWait(signal)
  // The same `act` may be given twice: each is a wait of its own.
  const own = (): void => act()
  acts.add(own)
  // A signal may abort while it is being listened to.
  if (isAborted(signal)) {
    acts.delete(own)
    act()
  }
  return () => {
    if (acts.delete(own) && acts.size === 0) endWait(signal)
  }
}

function startWait(signal: AbortSignal): Wait {
  const acts = new Set<() => void>()
  const listener = (): void => {
    endWait(signal)
    for (const act of acts) act()
    acts.clear()
  }
  const wait = { acts, listener }
  waits.set(signal, wait)
  try {
    signal.addEventListener('abort', listener)
  } catch {
    // A signal that cannot be listened to counts as one that never aborts.
  }
  return wait
}

function endWait(signal: AbortSignal): void {
  const wait = waits.get(signal)
  if (!wait) return
  try {
    // One that cannot be left keeps its one listener, for whoever waits next.
    if (typeof signal.removeEventListener !== 'function') return
    waits.delete(signal)
    signal.removeEventListener('abort', wait.listener)
  } catch {
    // A signal need not have that method. Its listener stays, and finds nothing to call.
  }
}

/**
 * The signal of one of our own controllers. It may have any number of listeners: Node must not warn of a leak. Never
 * throws.
 */
export function ownSignal({ signal }: AbortController): AbortSignal {
  try {
    const { process } = globalThis as { process?: Partial<NodeJS.Process> }
    process?.getBuiltinModule?.('node:events').setMaxListeners(0, signal)
  } catch {
    // An AbortController that is not Node's own has no such limit.
  }
  return signal
}

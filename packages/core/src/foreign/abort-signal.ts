import { inputError } from './input-error.ts'

/** Who waits for one signal: one `abort` listener serves all, since Node warns of a leak from the eleventh on. */
interface Wait {
  readonly acts: Set<() => void>
  readonly listener: () => void
}

const waits = new WeakMap<AbortSignal, Wait>()

/** @throws TypeError unless `received` is `undefined` or has all that is used of an AbortSignal */
export function assertSignal(option: string, received: unknown): void {
  if (received === undefined || isSignal(received)) return
  throw inputError(option, 'an AbortSignal', received, 'Pass the signal of an AbortController, or leave it out.')
}

/** Whether `received` has all that is used of an AbortSignal. Never throws: its getters are foreign code. */
export function isSignal(received: unknown): received is AbortSignal {
  try {
    const { aborted, addEventListener, removeEventListener } = Object(received) as Partial<AbortSignal>
    const methods: unknown[] = [addEventListener, removeEventListener]
    return typeof aborted === 'boolean' && methods.every(method => typeof method === 'function')
  } catch {
    return false
  }
}

/** Never throws: a signal that was handed in may be foreign code. */
export function isAborted(signal: AbortSignal | undefined): boolean {
  try {
    return signal?.aborted === true
  } catch {
    return false
  }
}

/**
 * Calls `act`, which must not throw, when `signal` aborts; at once if it has. Never throws, whatever the signal does.
 *
 * @returns ends the wait; idempotent
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
    // A signal that cannot be listened to is taken for one that never aborts.
  }
  return wait
}

function endWait(signal: AbortSignal): void {
  const wait = waits.get(signal)
  if (!wait) return
  waits.delete(signal)
  try {
    signal.removeEventListener('abort', wait.listener)
  } catch {
    // The listener stays, and finds no one who waits.
  }
}

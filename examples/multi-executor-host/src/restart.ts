import type { WedgeState } from '@runtime-wedge/core'

export interface RestartOptions {
  readonly baseMs: number // the pause before the first restart, jittered; each failure doubles it, up to 32 times
  readonly proofMs: number // how long a restarted executor has to prove itself; then the restart has failed
  readonly onFailure: (error: unknown) => void
  readonly signal: AbortSignal // ends it for good
}

/** Restarts a wedged executor until a success clears its scope. @returns restarts now: cuts a pause short, never a proof. */
export function keepRestarting(state: WedgeState, restart: () => Promise<void>, options: RestartOptions): () => void {
  const { baseMs, proofMs, onFailure, signal } = options
  let pause: AbortController | undefined
  async function recover(asked: boolean): Promise<void> {
    // One restart at a time, and no second one while the first is unproven.
    if (pause) return asked ? pause.abort() : undefined
    const wanted = (): boolean => (asked || state.isWedged()) && !signal.aborted
    for (let failures = 0; wanted(); failures++) {
      pause = expiring(asked ? 0 : baseMs * 2 ** Math.min(failures, 5) * (0.5 + Math.random() / 2), 'paused')
      await new Promise(resume => pause?.signal.addEventListener('abort', resume))
      try {
        if (wanted()) await restart() // in the pause it may have recovered by itself
        await state.healthy(expiring(proofMs, `no success within ${proofMs} ms after the restart`))
      } catch (error) {
        if (!signal.aborted) onFailure(error)
      }
      asked = false
    }
    pause = undefined
  }
  state.on('change', event => event.type === 'wedged' && recover(false), { initial: true, signal })
  return () => void recover(true)
}

function expiring(ms: number, why: string): AbortController {
  const controller = new AbortController()
  setTimeout(() => controller.abort(new Error(why)), ms).unref()
  return controller
}

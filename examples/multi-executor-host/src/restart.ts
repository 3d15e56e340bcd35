import type { WedgeState } from '@runtime-wedge/core'

export interface RestartOptions {
  readonly baseMs: number // the pause before the first restart, jittered; each failure doubles it, up to 32 times its length
  readonly proofMs: number // a restart has failed if it brings no success within this time
  readonly onFailure: (error: unknown) => void
  readonly signal: AbortSignal // ends the loop
}

/** Restarts a wedged executor until a success clears its scope. @returns restarts it now: ends a pause, but never a proof */
export function keepRestarting(state: WedgeState, restart: () => Promise<void>, options: RestartOptions): () => void {
  const { baseMs, proofMs, onFailure, signal } = options
  let pause: AbortController | undefined
  async function recover(asked: boolean): Promise<void> {
    // One restart at a time, and no second one before the first had its time to prove itself.
    if (pause) return asked ? pause.abort() : undefined
    const wanted = (): boolean => (asked || state.isWedged()) && !signal.aborted
    for (let failures = 0; wanted(); failures++) {
      pause = expiring(asked ? 0 : baseMs * 2 ** Math.min(failures, 5) * (0.5 + Math.random() / 2), 'paused')
      await new Promise(resume => pause?.signal.addEventListener('abort', resume))
      try {
        if (wanted()) await restart() // it may have recovered by itself during the pause
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

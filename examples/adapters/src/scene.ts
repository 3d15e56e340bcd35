import type { WedgeState } from '@runtime-wedge/core'

/** A client of an executor. */
export interface Executor {
  ask(question: string): Promise<string>
  stop(): unknown
}

/** How long the example waits for an answer. */
const PATIENCE_MS = 4_000

/** Asks until the executor is silent, shows what its host knows after each answer, and restarts it if it is wedged. */
export async function play(state: WedgeState, start: (answers: number) => Promise<Executor>): Promise<string[]> {
  const lines = [state.scope]
  const show = (what: string): unknown =>
    lines.push(`  ${what}`, `    ${state.isWedged() ? state.reason() : 'healthy'}`)
  const ask = async (executor: Executor, question: string): Promise<void> => {
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<string>(resolve => {
      timer = setTimeout(resolve, PATIENCE_MS, `no answer, no error in ${PATIENCE_MS / 1_000} s`)
    })
    const failed = (error: Error): string => `failed: ${error.message}`
    show(`${question}? ${await Promise.race([executor.ask(question).catch(failed), patience])}`)
    clearTimeout(timer)
  }
  const silent = await start(1)
  await ask(silent, 'one')
  await ask(silent, 'two')
  if (state.isWedged()) {
    const restarted = await start(1)
    await ask(restarted, 'three')
    await restarted.stop()
  }
  await silent.stop()
  return lines
}

import type { WedgeRegistry } from '@runtime-wedge/core'
import type { Executor } from './executor.ts'
import { keepRestarting, type RestartOptions } from './restart.ts'

/** What happened to an executor, besides the transitions that the registry reports. */
export interface HostEvent {
  readonly scope: string
  readonly type: 'started' | 'answered' | 'failed' | 'restarting' | 'restarted' | 'restart failed'
  readonly detail: string
}

export interface HostOptions {
  readonly registry: WedgeRegistry
  readonly executors: readonly Executor[]
  /** The pause between two questions to an executor, in milliseconds. */
  readonly askEveryMs: number
  readonly restart: Pick<RestartOptions, 'baseMs' | 'proofMs'>
  readonly onEvent: (event: HostEvent) => void
}

/** Several executors in one process, each with its own scope, work and restart loop. */
export class Host {
  readonly #options: HostOptions
  readonly #restarts = new Map<string, () => void>()
  readonly #end = new AbortController()

  constructor(options: HostOptions) {
    this.#options = options
  }

  /** Starts every executor. One that fails to start is restarted like one that becomes wedged later. */
  async start(): Promise<void> {
    await Promise.all(this.#options.executors.map(executor => this.#run(executor)))
  }

  /** Restarts an executor now, unless it is being restarted. @returns whether there is an executor with this name */
  restart(scope: string): boolean {
    const restart = this.#restarts.get(scope)
    restart?.()
    return restart !== undefined
  }

  /** Stops every executor. Idempotent; never rejects. */
  async stop(): Promise<void> {
    this.#end.abort()
    await Promise.all(this.#options.executors.map(executor => executor.stop()))
  }

  async #run(executor: Executor): Promise<void> {
    const { registry, restart, onEvent } = this.#options
    const { scope } = executor
    const { signal } = this.#end
    const tell = (type: HostEvent['type'], detail = ''): void => {
      if (!signal.aborted) onEvent({ scope, type, detail })
    }
    const again = async (): Promise<void> => {
      tell('restarting')
      await executor.stop()
      if (signal.aborted) return
      await executor.start()
      tell('restarted')
    }
    const onFailure = (error: unknown): void => tell('restart failed', messageOf(error))
    await executor.start().then(
      () => tell('started'),
      error => tell('failed', messageOf(error)),
    )
    this.#restarts.set(scope, keepRestarting(registry.scope(scope), again, { ...restart, signal, onFailure }))
    void this.#work(executor, tell)
  }

  /** Never waits for the flag: only work can prove that a wedged executor has recovered. */
  async #work(executor: Executor, tell: (type: HostEvent['type'], detail: string) => void): Promise<void> {
    const { signal } = this.#end
    for (let n = 1; !signal.aborted; n++) {
      await executor.ask(`question ${n}`).then(
        answer => tell('answered', JSON.stringify(answer)),
        error => tell('failed', messageOf(error)),
      )
      await new Promise<void>(resolve => setTimeout(resolve, this.#options.askEveryMs).unref())
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

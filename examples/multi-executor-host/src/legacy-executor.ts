import type { WedgeRegistry } from '@runtime-wedge/core'
import { Hermes, type HermesOptions, LegacyAdapter } from '@runtime-wedge/example-legacy-adapter'
import type { Executor } from './executor.ts'

export interface LegacyExecutorOptions {
  readonly registry: WedgeRegistry
  readonly scope: string
  /** Called at each start. */
  readonly hermes: () => HermesOptions
}

/** The legacy adapter, unchanged: inside `run` the four functions act on the scope of this executor alone. */
export class LegacyExecutor implements Executor {
  readonly scope: string
  readonly #options: LegacyExecutorOptions
  #hermes: Hermes | undefined
  #execute: LegacyAdapter['execute'] | undefined

  constructor(options: LegacyExecutorOptions) {
    this.scope = options.scope
    this.#options = options
  }

  async start(): Promise<void> {
    const { registry, hermes } = this.#options
    registry.run(this.scope, () => {
      this.#hermes = new Hermes(hermes())
      const adapter = new LegacyAdapter(this.#hermes)
      this.#execute = registry.bind(this.scope, ctx => adapter.execute(ctx))
    })
  }

  async ask(question: string): Promise<string> {
    if (this.#execute === undefined) throw new Error(`${this.scope} is not running`)
    return (await this.#execute({ prompt: question })).answer
  }

  async stop(): Promise<void> {
    this.#execute = undefined
    this.#hermes?.close()
  }
}

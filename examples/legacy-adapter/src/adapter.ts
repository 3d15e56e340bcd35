import { clearWedge, markWedged } from '@runtime-wedge/core'
import { type Hermes, SomeFatalSdkError } from './hermes.ts'

export interface Context {
  readonly prompt: string
}

export interface Result {
  readonly answer: string
}

/** An adapter that was written for the original module with one flag. It does not know about scopes. */
export class LegacyAdapter {
  readonly #hermes: Hermes

  constructor(hermes: Hermes) {
    this.#hermes = hermes
  }

  // biome-ignore format: the original code, unchanged
  async execute(ctx: Context): Promise<Result> {
    let result: Result
    try { result = await this.runQuery(ctx) }
    catch (e) { if (e instanceof SomeFatalSdkError) markWedged(`hermes init timeout — restart workspace (${e})`); throw e }
    clearWedge()   // observed success: the next heartbeat reports healthy
    return result
  }

  private async runQuery(ctx: Context): Promise<Result> {
    return { answer: await this.#hermes.query(ctx.prompt) }
  }
}

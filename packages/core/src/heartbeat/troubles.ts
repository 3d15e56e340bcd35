import { ignoreRejection } from '../foreign/ignore-rejection.ts'
import type { WedgeLogger } from '../types.ts'

/** What can be wrong, and what is logged when it begins. */
const MESSAGES = {
  unreachable: 'heartbeat not delivered',
  refused: 'heartbeat not delivered',
  dropped: 'heartbeat accepted in part',
  stats: 'heartbeat goes without stats: stats failed',
  redact: 'heartbeat withholds texts: redact failed',
} as const

export type Trouble = keyof typeof MESSAGES

/** What is wrong now. Each trouble is logged when it begins, not at every beat. Never throws. */
export class Troubles {
  readonly #now = new Set<Trouble>()
  readonly #logger: () => WedgeLogger
  readonly #url: string

  /** @param logger asked for each line, since it may be replaced */
  constructor(url: string, logger: () => WedgeLogger) {
    this.#url = url
    this.#logger = logger
  }

  begin(trouble: Trouble, err: unknown): void {
    if (this.#now.has(trouble)) return
    this.#now.add(trouble)
    this.#log('warn', { err, url: this.#url }, MESSAGES[trouble])
  }

  /** @returns whether the trouble was there */
  end(trouble: Trouble): boolean {
    return this.#now.delete(trouble)
  }

  info(message: string): void {
    this.#log('info', { url: this.#url }, message)
  }

  #log(level: 'warn' | 'info', fields: object, message: string): void {
    try {
      ignoreRejection(this.#logger()[level](fields, message))
    } catch {
      // A logger that fails must not end the heartbeat.
    }
  }
}

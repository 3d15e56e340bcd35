/** One executor of a host: the client of an agent or a server, and the process behind it. */
export interface Executor {
  /** Names it in the registry. */
  readonly scope: string
  /** Starts it. @throws whatever keeps it from starting */
  start(): Promise<void>
  /** Asks it one question. */
  ask(question: string): Promise<string>
  /** Kills it, with all that it has started, however it does. Idempotent; never rejects. */
  stop(): Promise<void>
}

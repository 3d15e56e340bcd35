/** One executor of a host: the client of an agent or a server, and the process behind it. */
export interface Executor {
  /** Its name in the registry. */
  readonly scope: string
  /** Starts it. @throws what prevents the start */
  start(): Promise<void>
  /** Asks it one question. */
  ask(question: string): Promise<string>
  /** Kills it, with everything that it has started, in whatever state it is. Idempotent; never rejects. */
  stop(): Promise<void>
}

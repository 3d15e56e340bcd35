/** What a state's `signal` aborts with: its message is the reason of the wedge, its `cause` what caused it. */
export class WedgedError extends Error {
  override readonly name = 'WedgedError'
  /** The key of the wedged scope. */
  declare readonly scope: string

  constructor(reason: string, scope: string, cause: unknown) {
    super(reason, cause === undefined ? undefined : { cause })
    this.scope = scope
  }
}

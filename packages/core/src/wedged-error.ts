/** Why a state's `signal` aborted: the scope is wedged. Its message is the reason, its `cause` what caused the wedge. */
export class WedgedError extends Error {
  override readonly name = 'WedgedError'
  declare readonly scope: string

  constructor(reason: string, scope: string, cause: unknown) {
    super(reason, cause === undefined ? undefined : { cause })
    this.scope = scope
  }
}

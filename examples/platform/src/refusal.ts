/** A request that the platform does not carry out. The answer has this status, and this message as its `error`. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: 400 | 403 | 429 | 507

  constructor(status: Refusal['status'], message: string) {
    super(message)
    this.status = status
  }
}

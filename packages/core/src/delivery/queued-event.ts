import type { Receive } from './channel.ts'

/** One event on its way to those who listened when it was made. */
export interface QueuedEvent {
  readonly recipients: readonly Receive[]
  readonly event: object | null
  /** How many of the recipients have received it. */
  received: number
  generation: number
  next: QueuedEvent | null
}

/** For an aggregate that became healthy, the scope that was the primary. */
export function fieldsOf(name: string, event: object): object {
  const { scope, current, previous } = event as {
    readonly scope?: string
    readonly current?: { readonly scope: string | null }
    readonly previous?: { readonly scope: string | null }
  }
  return { event: name, scope: scope ?? current?.scope ?? previous?.scope }
}

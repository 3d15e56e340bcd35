import { defaultRegistry, type WedgeState } from '@runtime-wedge/core'
import {
  createGuard,
  type GuardCall,
  type GuardCallOptions,
  type GuardContext,
  type GuardDeadlines,
  type GuardedStream,
  type GuardOptions,
  type GuardPhase,
  type GuardReasonContext,
  type GuardStreamCall,
  redactSecrets,
  WedgeDeadlineError,
  type WedgeGuard,
  type WedgeVerdict,
} from '@runtime-wedge/core/guard'

const state: WedgeState = defaultRegistry().scope('own:1')
export const shown: string = redactSecrets(state.reason())
const deadlines: GuardDeadlines = {
  connectDeadlineMs: 1_000,
  requestDeadlineMs: 1_000,
  firstMessageMs: Infinity,
  idleMs: undefined,
}
const options: GuardOptions = {
  ...deadlines,
  suspectLimit: 2,
  classify(error: unknown, { phase, aborted, call }: GuardContext): WedgeVerdict | undefined {
    const at: GuardPhase = phase
    const given: GuardCall | undefined = call
    return aborted || given?.signal.aborted || error instanceof WedgeDeadlineError || at === 'idle'
      ? 'ignore'
      : undefined
  },
  describe: (_error: unknown, { reason, phase }: GuardReasonContext) => `${phase}: ${reason}`,
  isSuccess: (answer: { readonly ok: boolean }) => answer.ok,
}
const guard: WedgeGuard = createGuard(state, options)
export const literal: WedgeGuard = createGuard(defaultRegistry<'a' | 'b'>().scope('a'), {})

const call: GuardCallOptions = { signal: new AbortController().signal, requestDeadlineMs: 10 }
export const connected: Promise<number> = guard.connect(async given => (given.signal.aborted ? 0 : 1))
export const answered: Promise<string> = guard.request(given => {
  given.pause()
  given.resume()
  given.progress()
  given.report(new Error('gone'))
  return 'at once'
}, call)

async function* messages(given: GuardStreamCall): AsyncGenerator<string> {
  given.beginTurn()
  yield 'one'
}
const stream: GuardedStream<string> = guard.stream(messages, call)
export async function read(): Promise<string[]> {
  const seen: string[] = []
  for await (const message of stream) seen.push(message.trim())
  await stream.return()
  return seen
}

export function explain(error: unknown): string {
  return error instanceof WedgeDeadlineError ? `${error.scope} ${error.phase} ${error.deadlineMs}` : String(error)
}
guard.report(new Error('exit 1'))
guard.close()
guard[Symbol.dispose]()

// @ts-expect-error a verdict that there is not
createGuard(state, { classify: () => 'dead' })

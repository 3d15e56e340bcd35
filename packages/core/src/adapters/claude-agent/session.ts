import { isSignal } from '../../foreign/abort-signal.ts'
import type {
  GuardCall,
  GuardContext,
  GuardOptions,
  GuardReasonContext,
  GuardStreamCall,
  WedgeVerdict,
} from '../../guard/index.ts'
import { type Hooks, hostHooksFirst } from '../shared/hooks.ts'
import { StderrTail } from '../shared/stderr-tail.ts'
import { watchCallbacks } from './callbacks.ts'
import { blocksOf, type ClaudeMessage } from './message.ts'
import type { QueryOptions } from './sdk.ts'
import * as states from './session-state.ts'
import { isAccountFailure, verdictOn } from './verdict.ts'

/** The call that stands for the process: that of `startup`, then that of the query's stream; only the latter has turns. */
type ProcessCall = GuardCall & Partial<Pick<GuardStreamCall, 'beginTurn'>>

/** The sessions, by guarded call. */
const sessions = new WeakMap<GuardCall, ClaudeSession>()

/** The session whose call an error happened in. */
export const sessionOf = ({ call }: GuardContext): ClaudeSession | undefined => call && sessions.get(call)

/** What is known of one process of Claude Code: its turns, whom it waits for, and what its errors mean. */
export class ClaudeSession {
  /** The host's options, with stderr and the callbacks that Claude Code waits for being watched. */
  readonly options: QueryOptions
  readonly #abortSignal: unknown
  readonly #hooks: Hooks
  readonly #stderr = new StderrTail()
  #state: states.SessionState = states.STARTED
  #call: ProcessCall | undefined
  /** How many prompts the host may still add to: while there is one, the process must stay. */
  #openPrompts = 0
  #accountFailure: Error | undefined

  /** @param host its hooks are asked before the session's own */
  constructor(host: GuardOptions, given: QueryOptions = {}) {
    const abortController = given.abortController ?? new AbortController()
    const stderr = (data: string): void => {
      this.#stderr.add(data)
      given.stderr?.(data)
    }
    this.#abortSignal = abortController.signal
    this.#hooks = hostHooksFirst(host, {
      classify: (error, context) => this.#judge(error, context),
      describe: (error, context) => this.#explain(error, context),
    })
    this.options = watchCallbacks({ ...given, abortController, stderr }, () => this.#hold())
  }

  /** The host's own signal. Anything that is not an AbortSignal is left for the SDK to refuse, in its own words. */
  get signal(): AbortSignal | undefined {
    return isSignal(this.#abortSignal) ? this.#abortSignal : undefined
  }

  /** Takes the prompt of the query, before {@link attach}. Without it the whole query is one turn. */
  prompt(prompt: unknown): unknown {
    const isText = typeof prompt === 'string'
    this.#become(states.seePrompts(this.#state, isText ? 1 : 0))
    return isText ? prompt : this.input(prompt)
  }

  /** Passes on messages for the query. Each one that the SDK takes begins a turn, or waits until its turn comes. */
  async *input(messages: unknown): AsyncGenerator<unknown, void> {
    this.#openPrompts++
    for await (const message of messages as AsyncIterable<ClaudeMessage>) {
      if (message?.shouldQuery !== false) this.#become(states.promptTaken(this.#state))
      yield message
    }
    // Only the host's own end counts: an SDK that has left the loop has lost the process.
    this.#openPrompts--
  }

  /** Takes the guarded call that stands for the process from now on. */
  attach(call: ProcessCall): void {
    sessions.set(call, this)
    this.#call = call
    this.#become(this.#state)
  }

  /** Takes a message, after the guard has judged it. */
  see(message: unknown): void {
    const seen: ClaudeMessage = Object(message)
    this.#become(states.heardMessage(this.#state))
    if (seen.type === 'result') this.#seeResult(seen)
    const { hook_id: hook } = seen
    if (hook) this.#become((seen.subtype === 'hook_response' ? states.release : states.hold)(this.#state, hook))
    // A subagent's messages come from within a tool of the session.
    if (seen.parent_tool_use_id != null) return
    if (seen.type === 'assistant') this.#become(states.modelSpoke(this.#state, seen.error))
    for (const { type, id, tool_use_id } of blocksOf(seen)) {
      if (type === 'tool_use') this.#become(states.hold(this.#state, id))
      this.#become(states.release(this.#state, tool_use_id))
    }
  }

  /** Learns that the SDK has no more messages, before the guard judges that. */
  finish(): void {
    const heard = states.underlying(this.#state)?.heard
    if (this.#openPrompts > 0 && heard !== 'nothing') this.#call?.report(new Error('the session ended'))
    else this.#become(states.endedUnanswered(this.#state))
  }

  /** The host has ended it, or another adapter has taken over: nothing that happens is judged any longer. */
  end(): void {
    this.#become(states.OVER)
  }

  /** What an error says about the executor, for the guard. */
  classify(error: unknown, context: GuardContext): WedgeVerdict | undefined {
    return this.#state.is === 'over' ? 'ignore' : this.#hooks.classify(error, context)
  }

  /** The reason of a wedge, for the guard. */
  describe(error: unknown, context: GuardReasonContext): string | undefined {
    return this.#hooks.describe(error, context)
  }

  #judge(error: unknown, { phase, aborted }: GuardContext): WedgeVerdict | undefined {
    const reason: unknown = this.signal?.reason
    if (!aborted || error === reason) {
      const heard = states.underlying(this.#state)?.heard ?? 'nothing'
      return verdictOn(error, this.#openPrompts > 0 || phase === 'connect', heard)
    }
    // The SDK aborts too, when it has lost the process: the signal's reason tells who it was.
    this.#call?.report(reason)
    return 'ignore'
  }

  #explain(error: unknown, { reason }: GuardReasonContext): string {
    if (error === this.#accountFailure) return reason.replace(/restart(?= [^—]*$)/, 'check the account of')
    const tail = this.#stderr.line
    // The SDK's own message has the tail in its middle, where it pushes the recovery action out of sight.
    return tail ? `${reason.replace(/\. stderr: .*(?= — )/s, '')} — stderr: ${tail}` : reason
  }

  #seeResult({ is_error, result, errors, queued_turn_count }: ClaudeMessage): void {
    const under = states.underlying(this.#state)
    const code = under?.is === 'answering' ? under.apiError : undefined
    const text = `${result || errors?.[0] || code}`
    // Reported before the next turn begins, whose success is to clear it.
    if (is_error && isAccountFailure(code, text)) {
      this.#accountFailure = new Error(text)
      this.#call?.report(this.#accountFailure)
    }
    this.#become(states.turnAnswered(this.#state, queued_turn_count))
  }

  #hold(): () => void {
    const key = {}
    this.#become(states.hold(this.#state, key))
    return () => this.#become(states.release(this.#state, key))
  }

  /** The deadline follows the state: it rests unless it is Claude Code's turn to speak. */
  #become(state: states.SessionState): void {
    const before = this.#state
    this.#state = state
    if (turnsOf(state) > turnsOf(before)) this.#call?.beginTurn?.()
    if (state.is !== 'answering') this.#call?.pause()
    // Not if it goes on as before: that would start the deadline again.
    else if (before.is !== 'answering') this.#call?.resume()
  }
}

const turnsOf = (state: states.SessionState): number => states.underlying(state)?.turns ?? 0

import type { GuardContext, GuardOptions, GuardReasonContext, GuardStreamCall, WedgeVerdict } from '../guard/index.ts'
import { ACCOUNT, verdictOn } from './claude-verdict.ts'

/** A message of the SDK or of the host, as far as it is looked at. */
export interface ClaudeMessage {
  readonly type?: unknown
  readonly subtype?: unknown
  readonly parent_tool_use_id?: unknown
  readonly message?: { readonly content?: unknown }
  readonly error?: unknown
  readonly hook_id?: unknown
  readonly is_error?: unknown
  readonly num_turns?: unknown
  readonly result?: unknown
  readonly errors?: readonly unknown[]
  /** How many prompts wait in the queue of Claude Code: they get a result without further input. Absent in older versions. */
  readonly queued_turn_count?: number
  readonly shouldQuery?: unknown
}

interface Block {
  readonly type?: unknown
  readonly id?: unknown
  readonly tool_use_id?: unknown
}

export interface ClaudeOptions {
  /** Aborts the SDK's work; the SDK aborts it itself when it cannot write to the process. */
  readonly abortController?: Pick<AbortController, 'signal'> | undefined
  readonly stderr?: ((data: string) => void) | undefined
}

/** What is known of one process of Claude Code: its turns, whom it waits for, and what its errors mean. */
export interface ClaudeSession {
  /** The host's options, with an eye on stderr and on the callbacks that Claude Code waits for. */
  readonly options: ClaudeOptions
  readonly signal: AbortSignal
  /** The prompt of the query, before {@link attach}. Without it the whole query is one turn. */
  prompt(prompt: unknown): unknown
  /** Messages for the query. Each that the SDK takes begins a turn. */
  input(messages: unknown): AsyncIterable<unknown>
  /** The guarded call that stands for the process from now on. */
  attach(call: GuardStreamCall): void
  /** A message, after the guard has judged it. */
  see(message: unknown): void
  /** The SDK has no more messages: before the guard judges that. */
  finish(): void
  /** The host has ended it, or another adapter has taken over: nothing that happens is judged any more. */
  end(): void
  classify(error: unknown, context: GuardContext): WedgeVerdict | undefined
  describe(error: unknown, context: GuardReasonContext): string
}

type Callback = (...args: unknown[]) => unknown

/** Somebody else than Claude Code is awaited in these: the host, or its user. */
const CALLBACKS = ['canUseTool', 'onElicitation', 'onUserDialog', 'hooks']
const STDERR_LENGTH = 300

/** By guarded call. */
const sessions = new WeakMap<object, ClaudeSession>()

export const sessionOf = ({ call }: GuardContext): ClaudeSession | undefined => call && sessions.get(call)

export function newSession(settings: GuardOptions, given: ClaudeOptions | undefined): ClaudeSession {
  const abortController = given?.abortController ?? new AbortController()
  /** Tools, hooks and requests to the host that are open. */
  const open = new Set<unknown>()
  let call: GuardStreamCall | undefined
  let over = false
  let seesPrompts = false
  /** Prompts that the host may still add to: while there is one, the session is to stay. */
  let inputs = 0
  /** Results that are still to come. */
  let owed = 0
  /** Whether a message came. */
  let isHeard = false
  /** Whether this turn has its result. */
  let isAnswered = false
  let apiError: unknown
  let accountFailure: Error | undefined
  let stderr = ''

  /** The deadline rests between two turns, and while somebody else than Claude Code is awaited. */
  const update = (): void => {
    if (over || open.size > 0 || (seesPrompts && owed === 0)) call?.pause()
    else call?.resume()
  }

  const beginTurn = (): void => {
    isAnswered = false
    call?.beginTurn()
    update()
  }

  /** The same, each function in it held open while it runs; hooks are nested in events and matchers. */
  const hold = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(hold)
    if (typeof value === 'function')
      return async (...args: unknown[]) => {
        const key = {}
        open.add(key)
        update()
        try {
          return await (value as Callback)(...args)
        } finally {
          open.delete(key)
          update()
        }
      }
    if (Object(value) !== value) return value
    return Object.fromEntries(Object.entries(value as object).map(([name, inner]) => [name, hold(inner)]))
  }

  const options: Record<string, unknown> = {
    ...given,
    abortController,
    stderr(data: string) {
      stderr = (stderr + data).slice(-STDERR_LENGTH)
      given?.stderr?.(data)
    },
  }
  for (const name of CALLBACKS) if (options[name]) options[name] = hold(options[name])

  return {
    options,
    signal: abortController.signal,

    prompt(prompt) {
      seesPrompts = true
      if (typeof prompt !== 'string') return this.input(prompt)
      owed = 1
      return prompt
    },

    async *input(messages) {
      inputs++
      for await (const message of messages as AsyncIterable<ClaudeMessage>) {
        if (message?.shouldQuery !== false && owed++ === 0) beginTurn()
        yield message
      }
      // Only the host's own end ends it: an SDK that has left the loop has lost the process.
      inputs--
    },

    attach(guarded) {
      sessions.set(guarded, this)
      call = guarded
      update()
    },

    see(message) {
      const seen: ClaudeMessage = Object(message)
      const { type, subtype, hook_id } = seen
      isHeard = true
      if (type === 'result') {
        isAnswered = true
        open.clear()
        const text = `${seen.result || seen.errors?.[0] || apiError}`
        if (seen.is_error && ACCOUNT.test(`${apiError ?? text}`)) {
          accountFailure = new Error(text)
          call?.report(accountFailure)
        }
        owed = seen.queued_turn_count ?? owed - 1
        if (owed > 0 && seesPrompts) beginTurn()
      }
      if (hook_id) open[subtype === 'hook_response' ? 'delete' : 'add'](hook_id)
      // A subagent's messages come from within a tool of the session.
      if (seen.parent_tool_use_id == null) {
        if (type === 'assistant') {
          apiError = seen.error
          // A turn of its own accord: a background task has ended.
          owed ||= 1
        }
        const content = seen.message?.content
        for (const block of Array.isArray(content) ? content : []) {
          const { type, id, tool_use_id }: Block = Object(block)
          if (type === 'tool_use') open.add(id)
          open.delete(tool_use_id)
        }
      }
      update()
    },

    finish() {
      if (inputs > 0 && isHeard) call?.report(new Error('the session ended'))
      // What came was no answer: to the guard, the stream ends without a message.
      else if (isHeard && !isAnswered) beginTurn()
    },

    end() {
      over = true
      update()
    },

    classify(error, context) {
      if (over) return 'ignore'
      try {
        const verdict = settings.classify?.(error, context)
        if (verdict) return verdict
      } catch {}
      const { reason } = abortController.signal
      if (!context.aborted || error === reason)
        return verdictOn(error, inputs > 0 || context.phase === 'connect', isHeard, isAnswered)
      // Whoever has aborted it, the reason tells.
      call?.report(reason)
      return 'ignore'
    },

    describe(error, context) {
      let { reason } = context
      const tail = stderr.replace(/\s+/g, ' ').trim()
      if (error === accountFailure) reason = reason.replace(/restart(?= [^—]*$)/, 'check the account of')
      // The SDK's own message has the tail in its middle, where it pushes the recovery action out of sight.
      else if (tail) reason = `${reason.replace(/\. stderr: .*(?= — )/s, '')} — stderr: ${tail}`
      return settings.describe?.(error, { ...context, reason }) || reason
    },
  }
}

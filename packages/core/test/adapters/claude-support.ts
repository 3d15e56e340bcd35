import { fileURLToPath } from 'node:url'
import * as sdk from '@anthropic-ai/claude-agent-sdk'
import { type WedgeLogger, WedgeRegistry, type WedgeState } from '@runtime-wedge/core'
import type { ClaudeGuardOptions } from '@runtime-wedge/core/adapters/claude-agent'
import { expect } from 'vitest'
import { pass } from '../support/fake-time.ts'

export { pass, useFakeTime } from '../support/fake-time.ts'

const silent: WedgeLogger = { error() {}, warn() {}, info() {} }

export const newState = (): WedgeState => new WedgeRegistry({ logger: silent }).scope('claude:1')

/** For what is to answer: long enough for a loaded machine. */
export const PATIENT: ClaudeGuardOptions = { firstMessageMs: 30_000, connectDeadlineMs: 30_000 }
/** For what is to be silent. */
export const HASTY: ClaudeGuardOptions = { firstMessageMs: 300, connectDeadlineMs: 300 }

/** A step of the stand-in for Claude Code, see peers/claude-cli.mjs. */
export type Step =
  | readonly ['send', object]
  | readonly ['request', object]
  | readonly ['stderr' | 'kill' | 'hook' | 'refuse', string]
  | readonly ['sleep' | 'exit', number]
  | readonly ['silence' | 'closeStdin' | 'pid']

export interface Plan {
  readonly start?: readonly Step[]
  readonly turns?: readonly (readonly Step[])[]
}

/** The host's `stderr`: lets the stand-in go on after a step `stderr`. */
export function letGo(data: string): void {
  const pid = /pid (\d+)$/.exec(data)?.[1]
  if (pid) process.kill(Number(pid), 'SIGUSR2')
}

const STUB = fileURLToPath(new URL('./peers/claude-cli.mjs', import.meta.url))

/** The real SDK's options for a stand-in that follows the plan. */
export const following = (plan: Plan, options: sdk.Options = {}): sdk.Options => ({
  pathToClaudeCodeExecutable: STUB,
  executable: 'node',
  env: { ...process.env, CLAUDE_STUB: JSON.stringify(plan) },
  ...options,
})

export const init = { type: 'system', subtype: 'init' }
export const text = {
  type: 'assistant',
  parent_tool_use_id: null,
  message: { content: [{ type: 'text', text: 'Hi' }] },
}
export const toolUse = {
  type: 'assistant',
  parent_tool_use_id: null,
  message: { content: [{ type: 'tool_use', id: 't1', name: 'Bash', input: {} }] },
}
export const toolResult = {
  type: 'user',
  parent_tool_use_id: null,
  message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'done' }] },
}
export const success = { type: 'result', subtype: 'success', is_error: false, num_turns: 1, result: 'Hi' }

/** What Claude Code says of a failed request: a message in the place of the model's, and a result. */
export const apiError = (error: string | undefined, result: string): readonly Step[] => [
  ['send', { ...text, ...(error && { error }) }],
  ['send', { ...success, is_error: true, result }],
]

export const ANSWER: readonly Step[] = [
  ['send', init],
  ['send', text],
  ['send', success],
]

export const user = (content = 'Hello'): sdk.SDKUserMessage => ({
  type: 'user',
  parent_tool_use_id: null,
  message: { role: 'user', content },
})

/** A prompt that stays open: messages are pushed while the session lives. */
export class Prompts implements AsyncIterable<sdk.SDKUserMessage> {
  readonly #waiting: (() => void)[] = []
  readonly #messages: sdk.SDKUserMessage[] = []
  #ended = false

  push(message: sdk.SDKUserMessage = user()): void {
    this.#messages.push(message)
    this.#wake()
  }

  end(): void {
    this.#ended = true
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<sdk.SDKUserMessage, void> {
    for (;;) {
      const message = this.#messages.shift()
      if (message) yield message
      else if (this.#ended) return
      else await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

interface Message {
  readonly type: string
}

/** Reads up to the next result. */
export async function readTurn(query: AsyncIterator<Message, unknown>): Promise<string[]> {
  const types: string[] = []
  for (;;) {
    const { done, value } = await query.next()
    if (done) return types
    types.push((value as Message).type)
    if ((value as Message).type === 'result') return types
  }
}

/** Reads to the end. */
export async function readAll(query: AsyncIterable<Message>): Promise<string[]> {
  const types: string[] = []
  for await (const message of query) types.push(message.type)
  return types
}

export const failure = (promise: PromiseLike<unknown>): Promise<Error> =>
  Promise.resolve(promise).then(
    value => expect.fail(`resolved with ${String(value)}`),
    (error: unknown) => error as Error,
  )

type Callback = (...args: unknown[]) => Promise<unknown>

export interface Params {
  readonly prompt: string | AsyncIterable<unknown>
  readonly options?: {
    readonly canUseTool?: Callback
    readonly onElicitation?: Callback
    readonly onUserDialog?: Callback
    readonly hooks?: Record<string, { matcher?: string; hooks: Callback[] }[]>
    readonly stderr?: (data: string) => void
    readonly abortController?: AbortController
  }
}

/** A `query` in process: takes its prompts as the SDK does, and says what it is told to. */
export class Scripted implements AsyncIterableIterator<object> {
  readonly taken: unknown[] = []
  readonly params: Params
  readonly #said: (object | Error | undefined)[] = []
  #wake = (): void => {}
  closed = false

  constructor(params: Params, heard: (scripted: Scripted) => void = () => {}) {
    this.params = params
    void this.#take(params.prompt, heard)
  }

  async #take(prompt: string | AsyncIterable<unknown>, heard: (scripted: Scripted) => void): Promise<void> {
    for await (const message of typeof prompt === 'string' ? [prompt] : prompt) {
      this.taken.push(message)
      heard(this)
    }
  }

  /** Messages; an error, or `undefined`, is the end. */
  tell(...messages: (object | Error | undefined)[]): void {
    this.#said.push(...messages)
    this.#wake()
  }

  /** Tells, and lets the reader read. */
  say(...messages: (object | Error | undefined)[]): Promise<unknown> {
    this.tell(...messages)
    return pass(0)
  }

  async next(): Promise<IteratorResult<object, undefined>> {
    while (this.#said.length === 0 && !this.closed) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    const message = this.#said.shift()
    if (message instanceof Error) throw message
    return message ? { done: false, value: message } : { done: true, value: undefined }
  }

  async return(): Promise<IteratorResult<object, undefined>> {
    this.close()
    return { done: true, value: undefined }
  }

  close(): void {
    this.closed = true
    this.#wake()
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

export const scriptedSdk = { query: (params: Params): Scripted => new Scripted(params) }

export { sdk }

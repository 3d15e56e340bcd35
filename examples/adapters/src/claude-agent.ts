import { fileURLToPath } from 'node:url'
import * as sdk from '@anthropic-ai/claude-agent-sdk'
import type { WedgeState } from '@runtime-wedge/core'
import { guardClaude } from '@runtime-wedge/core/adapters/claude-agent'
import type { Executor } from './scene.ts'

const stub = fileURLToPath(new URL('../stubs/claude-code.mjs', import.meta.url))

/** A session of Claude Code, with streaming input. Without a guard, its host waits forever for a silent one. */
export async function startClaude(answers: number, state?: WedgeState): Promise<Executor> {
  // The only line that the guard needs. In production leave the deadline out, and set `idleMs`.
  const { query } = state ? guardClaude(sdk, state, { firstMessageMs: 2_500 }) : sdk
  const prompts = new Prompts()
  const session = query({
    prompt: prompts,
    options: { pathToClaudeCodeExecutable: stub, env: { ...process.env, STUB_ANSWERS: String(answers) } },
  })
  return {
    async ask(question) {
      prompts.push(question)
      for (;;) {
        const { done, value } = await session.next()
        if (done) return 'the session has ended'
        if (value.type === 'result') return value.subtype === 'success' ? value.result : value.subtype
      }
    },
    stop: () => session.close(),
  }
}

/** The prompts of one session. Never ends. */
class Prompts {
  readonly #questions: string[] = []
  #wake = (): void => {}

  push(question: string): void {
    this.#questions.push(question)
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<sdk.SDKUserMessage, void> {
    for (;;) {
      const content = this.#questions.shift()
      if (content) yield { type: 'user', parent_tool_use_id: null, message: { role: 'user', content } }
      else await new Promise<void>(resolve => (this.#wake = resolve))
    }
  }
}

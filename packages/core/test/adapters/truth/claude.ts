import type { WedgeState } from '@runtime-wedge/core'
import { type ClaudeGuardOptions, guardClaude } from '@runtime-wedge/core/adapters/claude-agent'
import {
  ANSWER,
  apiError,
  following,
  init,
  type Plan,
  Prompts,
  readAll,
  readTurn,
  type Step,
  sdk,
  success,
} from '../claude-support.ts'
import { DEADLINE_MS, type Executor, isLost, type Kind, PATIENCE_MS, sleep } from './executor.ts'

const LATE: readonly Step[] = [['sleep', 700]]
/** Deaf as well: it does not even end with its stdin. */
const SILENCE: readonly Step[] = [['silence']]

/** What Claude Code makes of a prompt. */
const TURNS: Record<Kind, readonly Step[]> = {
  answer: ANSWER,
  'late answer': [...LATE, ...ANSWER],
  error: apiError('rate_limit', 'Rate limited'),
  silence: SILENCE,
  death: [['exit', 1]],
  close: [],
  abort: [],
}

const STARTS: Record<Kind, readonly Step[]> = {
  ...TURNS,
  answer: [],
  'late answer': LATE,
  error: [['refuse', 'no login']],
  close: LATE,
  abort: LATE,
}

const patience = (kind: Kind): number => (isLost(kind) ? DEADLINE_MS : PATIENCE_MS)

export class ClaudeExecutor implements Executor {
  readonly #state: WedgeState
  #end: (() => unknown) | undefined

  constructor(state: WedgeState) {
    this.#state = state
  }

  async play(phase: string, kind: Kind): Promise<void> {
    await this.close()
    switch (phase) {
      case 'connect':
        return this.#startup(kind)
      case 'request':
        return this.#oneShot(kind)
      case 'stream':
        return this.#turn(kind, { turns: [TURNS[kind]] }, { firstMessageMs: patience(kind) })
      case 'idle': {
        const plan: Plan = { turns: [[['send', init], ...TURNS[kind]]] }
        return this.#turn(kind, plan, { firstMessageMs: PATIENCE_MS, idleMs: patience(kind) })
      }
      default:
        return this.#rest(kind)
    }
  }

  recover(): Promise<void> {
    return this.play('stream', 'answer')
  }

  async close(): Promise<void> {
    await this.#end?.()
    this.#end = undefined
  }

  async #startup(kind: Kind): Promise<void> {
    const abortController = new AbortController()
    const claude = guardClaude(sdk, this.#state, { connectDeadlineMs: patience(kind) })
    const options = following({ start: STARTS[kind] }, { abortController })
    const starting = claude.startup({ options })
    if (kind === 'close') claude.close()
    if (kind === 'close' || kind === 'abort') abortController.abort()
    // Also one that is aborted may still be answered.
    const warm = await starting.catch(() => undefined)
    this.#end = () => (warm ? warm[Symbol.asyncDispose]() : abortController.abort())
  }

  async #oneShot(kind: Kind): Promise<void> {
    const abortController = new AbortController()
    const { query } = guardClaude(sdk, this.#state, { firstMessageMs: patience(kind) })
    const asked = query({ prompt: 'Hello', options: following({ turns: [TURNS[kind]] }, { abortController }) })
    const reading = readAll(asked)
    if (kind === 'close') asked.close()
    if (kind === 'abort') abortController.abort()
    await reading.catch(() => {})
  }

  /** One turn of a session; in the phase `idle` it has begun. */
  async #turn(kind: Kind, plan: Plan, options: ClaudeGuardOptions): Promise<void> {
    const { query, prompts, abortController } = this.#open(plan, options)
    prompts.push()
    const starting = query.supportedCommands().catch(() => {})
    if (options.idleMs) await query.next()
    const reading = readTurn(query).catch(() => {})
    await starting
    if (kind === 'close') query.close()
    if (kind === 'abort') abortController.abort()
    await reading
  }

  /** After a turn, before the next one: the host reads on, and no one has asked anything. */
  async #rest(kind: Kind): Promise<void> {
    const { query, prompts, abortController } = this.#open(
      { turns: [[['send', success], ...TURNS[kind]]] },
      { firstMessageMs: PATIENCE_MS, idleMs: kind === 'silence' ? DEADLINE_MS : PATIENCE_MS },
    )
    prompts.push()
    await readTurn(query)
    const reading = readTurn(query).catch(() => {})
    if (kind === 'silence') return sleep(2 * DEADLINE_MS)
    if (kind === 'close') query.close()
    if (kind === 'abort') abortController.abort()
    await reading
  }

  #open(plan: Plan, options: ClaudeGuardOptions) {
    const abortController = new AbortController()
    const prompts = new Prompts()
    const { query: ask } = guardClaude(sdk, this.#state, options)
    const query = ask({ prompt: prompts, options: following(plan, { abortController }) })
    this.#end = () => query.close()
    return { query, prompts, abortController }
  }
}

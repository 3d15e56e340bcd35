import type { WedgeState } from '@runtime-wedge/core'
import { type ClaudeGuardOptions, guardClaude } from '@runtime-wedge/core/adapters/claude-agent'
import { newState, type Params, Prompts, type Scripted, scriptedSdk } from './claude-support.ts'

export const MINUTE = 60_000

export const HOUR = 60 * MINUTE

/** A session whose query is read all the time. */
export interface Session {
  readonly state: WedgeState
  readonly prompts: Prompts
  /** The one that the SDK has made. */
  readonly query: Scripted
  /** What the reader has read, an error that it got included. */
  readonly read: unknown[]
}

export function session(options: ClaudeGuardOptions = {}, own?: Params['options'], prompt?: string): Session {
  const state = newState()
  const prompts = new Prompts()
  const guarded = guardClaude(scriptedSdk, state, options)
  const query = guarded.query({ prompt: prompt ?? prompts, ...(own && { options: own }) })
  const read: unknown[] = []
  const reading = async (): Promise<void> => {
    for await (const message of query) read.push(message)
  }
  reading().catch(error => read.push(error))
  return { state, prompts, query, read }
}

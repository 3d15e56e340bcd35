import { guardClaude } from '@runtime-wedge/core/adapters/claude-agent'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pass, useFakeTime } from '../../support/fake-time.ts'
import {
  newState,
  Prompts,
  readAll,
  type Scripted,
  scriptedSdk,
  success,
  text,
  toolResult,
  toolUse,
} from '../claude-support.ts'

useFakeTime()

const IDLE_MS = 10_000
const FIRST_MS = 30_000
const HOUR = 3_600_000

interface Turn {
  /** How long no one asks anything before it. */
  readonly restMs: number
  readonly steps: readonly {
    readonly afterMs: number
    readonly does: 'speak' | 'use a tool' | 'ask the host'
    /** How long the tool or the host takes. */
    readonly takesMs: number
  }[]
  readonly ends: 'answered' | 'silent'
}

const turn: fc.Arbitrary<Turn> = fc.record({
  restMs: fc.nat(2 * HOUR),
  steps: fc.array(
    fc.record({
      afterMs: fc.nat(IDLE_MS - 1),
      does: fc.constantFrom('speak', 'use a tool', 'ask the host'),
      takesMs: fc.nat(HOUR),
    }),
    { maxLength: 4 },
  ),
  ends: fc.constantFrom('answered', 'answered', 'silent'),
})

test('with tools, permission requests and long rests: silence alone is a wedge, exactly at its deadline', async () => {
  const run = async (turns: readonly Turn[]): Promise<void> => {
    const state = newState()
    const { query: ask } = guardClaude(scriptedSdk, state, { firstMessageMs: FIRST_MS, idleMs: IDLE_MS })
    let answer = (): void => {}
    const canUseTool = (): Promise<void> =>
      new Promise(resolve => {
        answer = resolve
      })
    let prompts!: Prompts
    let query!: Scripted
    const open = (): void => {
      prompts = new Prompts()
      query = ask({ prompt: prompts, options: { canUseTool } })
      readAll(query as AsyncIterable<never>).catch(() => {})
    }
    open()
    let wedged = false
    const wait = async (ms: number): Promise<void> => {
      await pass(ms)
      expect(state.isWedged()).toBe(wedged)
    }
    for (const { restMs, steps, ends } of turns) {
      await wait(restMs)
      prompts.push()
      await wait(0)
      for (const { afterMs, does, takesMs } of steps) {
        await wait(afterMs)
        query.tell(does === 'use a tool' ? toolUse : text)
        const asked = does === 'ask the host' && query.params.options?.canUseTool?.()
        await wait(does === 'speak' ? 0 : takesMs)
        if (does === 'use a tool') query.tell(toolResult)
        answer()
        await asked
        await wait(0)
      }
      if (ends === 'answered') {
        query.tell(success)
        wedged = false
        await wait(0)
      } else {
        await wait((steps.length > 0 ? IDLE_MS : FIRST_MS) - 1)
        wedged = true
        await wait(1)
        open()
      }
    }
    query.close()
    await wait(2 * HOUR)
  }
  await fc.assert(fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 6 }), run), { numRuns: 300 })
})

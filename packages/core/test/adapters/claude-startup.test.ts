import { guardClaude } from '@runtime-wedge/core/adapters/claude-agent'
import { WedgeDeadlineError } from '@runtime-wedge/core/guard'
import { describe, expect, test } from 'vitest'
import {
  ANSWER,
  failure,
  following,
  HASTY,
  letGo,
  newState,
  PATIENT,
  type Plan,
  Prompts,
  readTurn,
  sdk,
} from './claude-support.ts'

describe.concurrent('startup', () => {
  test('gives the WarmQuery of the SDK, whose query is guarded', async () => {
    const state = newState()
    const { startup } = guardClaude(sdk, state, { ...PATIENT, firstMessageMs: 2_000 })
    const warm = await startup({ options: following({ turns: [ANSWER, [['silence']]] }) })
    state.mark('earlier')
    const prompts = new Prompts()
    const query = warm.query(prompts)
    prompts.push()
    await readTurn(query)
    expect(state.isWedged()).toBe(false)
    prompts.push()
    expect(await failure(readTurn(query))).toBeInstanceOf(WedgeDeadlineError)
    expect(state.isWedged()).toBe(true)
  })

  test('alone clears nothing; thrown away it does not mark', async () => {
    const state = newState()
    state.mark('earlier')
    const { startup } = guardClaude(sdk, state, PATIENT)
    const warm = await startup({ options: following({ turns: [ANSWER] }) })
    expect(state.reason()).toBe('earlier')
    state.clear()
    await warm[Symbol.asyncDispose]()
    expect(state.isWedged()).toBe(false)
  })

  test('that is silent is a wedge, by the deadline of either side', async () => {
    const state = newState()
    const { startup } = guardClaude(sdk, state, HASTY)
    const options = following({ start: [['silence']] })
    expect(await failure(startup({ options }))).toMatchObject({ name: 'WedgeDeadlineError', phase: 'connect' })
    expect(state.reason()).toBe('no answer to connect within 300 ms — restart claude:1')
    const other = newState()
    const error = await failure(guardClaude(sdk, other).startup({ options, initializeTimeoutMs: 300 }))
    expect(error).toMatchObject({ errorClass: 'initialize_timeout' })
    expect(other.reason()).toContain('Subprocess initialization did not complete within 300ms')
  })

  test.each<[string, Plan, RegExp]>([
    ['ends', { start: [['exit', 0]] }, /^connect: Query closed before response received — restart claude:1/],
    [
      'fails',
      {
        start: [
          ['stderr', 'no config'],
          ['exit', 3],
        ],
      },
      /exited with code 3 — restart claude:1 — stderr: no config/,
    ],
    [
      'cannot start, and says so',
      {
        start: [
          [
            'send',
            {
              type: 'result',
              subtype: 'error_during_execution',
              is_error: true,
              errors: ['cwd is gone'],
              startup_failure_reason: 'cwd_unavailable',
            },
          ],
          ['exit', 1],
        ],
      },
      /cwd is gone — restart/,
    ],
  ])('whose process %s is a wedge', async (_, plan, reason) => {
    const state = newState()
    const { startup } = guardClaude(sdk, state, PATIENT)
    await failure(startup({ options: following(plan, { stderr: letGo }) }))
    expect(state.reason()).toMatch(reason)
  })

  test('that the host aborts says nothing', async () => {
    const state = newState()
    const abortController = new AbortController()
    const { startup } = guardClaude(sdk, state, PATIENT)
    const starting = failure(startup({ options: following({ start: [['silence']] }, { abortController }) }))
    abortController.abort()
    await starting
    expect(state.isWedged()).toBe(false)
  })
})

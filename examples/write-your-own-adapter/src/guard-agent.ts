import type { WedgeState } from '@runtime-wedge/core'
import { createGuard, type GuardOptions } from '@runtime-wedge/core/guard'
import type { Agent } from './agent.ts'

/**
 * Guards an agent: `state` is wedged while no request to it can succeed. To restart, `stop` this agent and guard a new one.
 *
 * With the defaults, a silent agent is noticed only after two requests in a row have waited 60 s each.
 */
export function guardAgent(agent: Agent, state: WedgeState, options: GuardOptions = {}): Agent {
  const guard = createGuard(state, {
    connectDeadlineMs: 120_000,
    requestDeadlineMs: 60_000,
    // Success by content: a half-dead agent may answer with an empty text.
    isSuccess: text => text !== '',
    // With this code every later request would fail too. By default any other answer, even an error, shows that it is alive.
    classify: error => ((error as { code?: unknown }).code === 'SESSION_CORRUPT' ? 'wedge' : undefined),
    ...options,
  })
  agent.onExit(error => guard.report(error))
  return {
    start: signal => guard.connect(call => agent.start(call.signal), { signal }),
    ask: (prompt, signal) => guard.request(call => agent.ask(prompt, call.signal), { signal }),
    onExit: listener => agent.onExit(listener),
    stop() {
      // Before the exit, so that the guard knows that the host wants it.
      guard.close()
      agent.stop()
    },
  }
}

import type { WedgeState } from '@runtime-wedge/core'
import { createGuard, type GuardOptions } from '@runtime-wedge/core/guard'
import type { Agent } from './agent.ts'

/**
 * Guards an agent: `state` is wedged while no request to it can succeed. For a restart `stop` this one, and guard a new one.
 *
 * With the defaults an agent that falls silent stays unseen until two requests in a row have waited 60 s each.
 */
export function guardAgent(agent: Agent, state: WedgeState, options: GuardOptions = {}): Agent {
  const guard = createGuard(state, {
    connectDeadlineMs: 120_000,
    requestDeadlineMs: 60_000,
    // Success by content: an agent that is half dead may well answer with nothing.
    isSuccess: text => text !== '',
    // Every later request would fail likewise. Any other answer, an error too, shows that it is alive: the default.
    classify: error => ((error as { code?: unknown }).code === 'SESSION_CORRUPT' ? 'wedge' : undefined),
    ...options,
  })
  agent.onExit(error => guard.report(error))
  return {
    start: signal => guard.connect(call => agent.start(call.signal), { signal }),
    ask: (prompt, signal) => guard.request(call => agent.ask(prompt, call.signal), { signal }),
    onExit: listener => agent.onExit(listener),
    stop() {
      // First, so that the exit that follows is the one that the host wanted.
      guard.close()
      agent.stop()
    },
  }
}

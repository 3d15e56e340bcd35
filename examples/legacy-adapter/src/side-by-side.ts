// The same adapter twice in one process. Inside `run` each has a flag of its own; the adapter's code is unchanged.
import { defaultRegistry } from '@runtime-wedge/core'
import { LegacyAdapter } from './adapter.ts'
import { Hermes } from './hermes.ts'

type Scope = 'hermes:left' | 'hermes:right'

const registry = defaultRegistry<Scope>()
const agents: Hermes[] = []

/** Makes the adapter inside `run`, so that everything it starts belongs to its scope, timers and callbacks included. */
function start(scope: Scope, silentAfter?: number): (prompt: string) => Promise<unknown> {
  return registry.run(scope, () => {
    const hermes = new Hermes({ silentAfter, initTimeoutMs: 2_000 })
    agents.push(hermes)
    const adapter = new LegacyAdapter(hermes)
    return registry.bind(scope, prompt => adapter.execute({ prompt }))
  })
}

function show(what: string): void {
  console.log(`${what}:`)
  for (const state of registry) {
    if (state !== registry.default) console.log(`  ${state.scope} ${state.isWedged() ? 'wedged' : 'healthy'}`)
  }
}

const left = start('hermes:left', 1)
const right = start('hermes:right')
await Promise.all([left('hello'), right('hello')])
show('both have answered')

await Promise.allSettled([left('are you there?'), right('and you?')])
show('left fell silent, right has answered')

await right('still there?')
show("right's success did not clear left")

await start('hermes:left')('hello again')
show('left was restarted and has answered')

for (const hermes of agents) hermes.close()

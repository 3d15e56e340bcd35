// Shows after each prompt to a guarded command-line agent whether it is wedged.
import { fileURLToPath } from 'node:url'
import { WedgeRegistry } from '@runtime-wedge/core'
import { type Agent, CommandLineAgent } from './agent.ts'
import { guardAgent } from './guard-agent.ts'

const stub = fileURLToPath(new URL('../stubs/agent.mjs', import.meta.url))
const registry = new WedgeRegistry()
const state = registry.scope('agent:1')

async function start(): Promise<Agent> {
  const child = new CommandLineAgent(process.execPath, [stub])
  const agent = guardAgent(child, state, { connectDeadlineMs: 10_000, requestDeadlineMs: 1_000 })
  await agent.start()
  return agent
}

async function ask(agent: Agent, prompt: string): Promise<void> {
  const answer = await agent.ask(prompt).catch((error: Error) => error.message)
  console.log(`${prompt}: ${answer || '(nothing)'}\n  ${state.isWedged() ? `wedged: ${state.reason()}` : 'healthy'}`)
}

const first = await start()
await ask(first, 'hello')
await ask(first, 'refuse this')
await ask(first, 'sleep')
await ask(first, 'sleep again')
first.stop()

const second = await start()
await ask(second, 'shrug')
await ask(second, 'hello again')
await ask(second, 'corrupt your session')
second.stop()

const third = await start()
await ask(third, 'hello at last')
await ask(third, 'die')
third.stop()

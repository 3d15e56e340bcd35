// Each executor answers once and then falls silent. What does its host know, without a guard and with one?
import { WedgeRegistry } from '@runtime-wedge/core'
import { startClaude } from './claude-agent.ts'
import { startMcp } from './mcp.ts'
import { play } from './scene.ts'

const registry = new WedgeRegistry()

const scenes = Object.entries({ 'mcp:files': startMcp, 'claude:1': startClaude }).flatMap(([scope, start]) => {
  const alone = registry.scope(`${scope}, unguarded`)
  const guarded = registry.scope(scope)
  return [
    play(alone, answers => start(answers)),
    play(guarded, answers => start(answers, guarded)), // the only difference
  ]
})
for (const lines of await Promise.all(scenes)) console.log(lines.join('\n'))

import { describe, expect, test, vi } from 'vitest'
import { ClaudeExecutor } from './truth/claude.ts'
import { type Executor, KINDS, watched } from './truth/executor.ts'
import { McpExecutor } from './truth/mcp.ts'

// They wait more than they work.
vi.setConfig({ maxConcurrency: 10 })

/** `suspect`: once is no wedge, twice in a row is one. */
type Truth = 'healthy' | 'suspect' | 'wedged'

/** The columns are the kinds, in their order: answer, late answer, error, silence, death, close, abort. */
const TABLES: Record<string, [make: new (state: ReturnType<typeof watched>['state']) => Executor, table: string]> = {
  mcp: [
    McpExecutor,
    `connect  healthy wedged  wedged  wedged  wedged healthy healthy
     request  healthy suspect healthy suspect wedged healthy healthy
     stream   healthy suspect healthy suspect wedged healthy healthy
     idle     healthy healthy healthy healthy wedged healthy healthy`,
  ],
  'claude-agent': [
    ClaudeExecutor,
    `connect  healthy wedged  wedged  wedged  wedged healthy healthy
     request  healthy wedged  healthy wedged  wedged healthy healthy
     stream   healthy wedged  healthy wedged  wedged healthy healthy
     idle     healthy wedged  healthy wedged  wedged healthy healthy
     rest     healthy healthy healthy healthy wedged healthy healthy`,
  ],
}

const cells = (table: string) =>
  table.split('\n').flatMap(row => {
    const [phase = '', ...truths] = row.trim().split(/\s+/)
    return KINDS.map((kind, index) => ({ phase, kind, truth: truths[index] as Truth }))
  })

describe.concurrent.each(Object.entries(TABLES))('the truth about %s', (_, [Subject, table]) => {
  test.each(cells(table))('$phase, $kind: $truth', async ({ phase, kind, truth }) => {
    const { state, changes } = watched()
    const executor = new Subject(state)
    try {
      await executor.play(phase, kind)
      expect(state.isWedged(), 'once').toBe(truth === 'wedged')
      await executor.play(phase, kind)
      expect(state.isWedged(), 'twice in a row').toBe(truth !== 'healthy')
      if (truth !== 'healthy') await executor.recover()
      // Between two turns there is an answer before each death.
      expect(changes.join(), 'after the recovery').toMatch(truth === 'healthy' ? /^$/ : /^(wedged,cleared,?)+$/)
    } finally {
      await executor.close()
    }
    expect(state.isWedged(), 'after an expected end').toBe(false)
  })
})

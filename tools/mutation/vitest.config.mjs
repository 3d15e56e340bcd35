import { BaseSequencer } from 'vitest/node'
import base from '../../vitest.config.ts'
import { LEFT_OUT } from './left-out.mjs'

/** Files that take more than half a second. Most mutants fall to a quick test, and the first failure ends a run. */
const SLOW = /\/(properties|guard|heartbeat)\/|\/(kit|guard-check|changes|chain|many|redact-secrets|text)\.test\.ts$/

class QuickFirst extends BaseSequencer {
  async sort(files) {
    const isSlow = ({ moduleId }) => Number(SLOW.test(moduleId))
    return [...files].sort((a, b) => isSlow(a) - isSlow(b))
  }
}

// For Stryker, which runs it with one worker in a copy of the work tree.
export default {
  ...base,
  cacheDir: '.vite',
  test: {
    ...base.test,
    include: (process.env.MUTATION_TESTS ?? 'packages/*/test/**')
      .split(' ')
      .map(tests => tests.replace(/\*\*$/, '**/*.test.ts')),
    exclude: ['**/node_modules/**', ...Object.keys(LEFT_OUT)],
    // A mutant at which a test waits forever is noticed after this long.
    testTimeout: 8_000,
    sequence: { sequencer: QuickFirst },
  },
}

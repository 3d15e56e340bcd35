import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Tests run on source: the condition that the packages' development `exports` put first. */
const conditions = ['@runtime-wedge/source', 'node', 'import', 'default']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'tools/*/*.test.ts'],
    // Generous: what spawns processes shares two cores with everything else. A test that hangs still ends.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: Math.max(2, availableParallelism()),
    coverage: {
      include: ['packages/*/src/**/*.ts'],
      reporter: ['text-summary', 'text'],
      thresholds: { lines: 98, branches: 98 },
    },
  },
})

/**
 * The tests that do not run for each mutant, and why: the only place where one is left out. What these alone would find is
 * tried by hand, see docs/reliability.md.
 */
export const LEFT_OUT = {
  'packages/core/test/adapters/**': 'runs the real SDKs, with servers and processes at their other end',
  'packages/core/test/package.test.ts': 'is of the packed package, which has no mutant',
  'packages/core/test/copies/packed.test.ts': 'is of the packed package, which has no mutant',
  'packages/core/test/foreign/log.test.ts': 'runs processes, in which no mutant is active',
  'packages/core/test/heartbeat/process.test.ts': 'runs processes, in which no mutant is active',
  'packages/core/test/properties/exhaustive.test.ts': 'takes as long as all others together',
  'packages/core/test/registry/allocation.test.ts': 'runs processes, in which no mutant is active',
  'packages/core/test/registry/exhausted-stack.test.ts':
    'counts on the stack: the code as it is instrumented makes calls where ours makes none',
  'packages/core/test/registry/memory.test.ts': 'runs processes, in which no mutant is active',
  'packages/core/test/guard/memory.test.ts': 'runs processes, in which no mutant is active',
  'packages/testing/test/node-test.test.ts': 'runs processes, in which no mutant is active',
}

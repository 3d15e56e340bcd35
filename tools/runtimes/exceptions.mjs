/**
 * The tests that cannot pass on a runtime, and why: the only place where one is excused. `test` is the full title, or its
 * end; without it the whole file is meant.
 */
export const EXCEPTIONS = [
  ...of('Bun', 'its heapUsed stands still between collections: the meter reads 0', [
    ['packages/core/test/allocation.test.ts', 'would see an allocation'],
  ]),
  ...of('Bun', 'it gives the closed descriptor 2 to the next thing that it opens, here stdout', [
    ['packages/core/test/log.test.ts', 'throws nothing when stderr is closed'],
  ]),
  ...of('Bun', 'it tells no writer that a child has closed its stdin: the silence is found, by its deadline', [
    [
      'packages/core/test/adapters/claude-agent.test.ts',
      'a process that listens no more is a wedge, for the reason that the SDK gives its own abort',
    ],
  ]),
  ...of('Bun', "the test is of Node's crash text, and Bun's ends with its own version", [
    [
      'packages/core/test/adapters/mcp-stdio.test.ts',
      'the server dies at its start: a wedge that shows the last of its stderr',
    ],
  ]),
  ...of('Bun', "the test is of Node's words for a refused connection; Bun's are others", [
    [
      'packages/core/test/adapters/mcp-http.test.ts',
      'the server goes away: each request is a suspect, whatever fetch calls it',
    ],
    ['packages/core/test/adapters/mcp-http.test.ts', 'nobody listens: connect is a wedge'],
  ]),
  ...of('Bun', 'its fake timers count one more', [
    [
      'packages/core/test/heartbeat/stop.test.ts',
      'it ends by timeoutMs where nothing answers, in flight or not, whatever fetch and headers do',
    ],
    [
      'packages/core/test/heartbeat/stop.test.ts',
      'a send in flight is waited for, and what is left of timeoutMs is used for the last try',
    ],
  ]),
  ...of('Bun', 'the test runs `node --test`; Bun has a runner of its own', [
    ['packages/testing/test/node-test.test.ts'],
  ]),
  ...of('Deno', 'the test runs `node --test`; Deno has a runner of its own', [
    ['packages/testing/test/node-test.test.ts'],
  ]),
  ...of('Deno', 'it cannot start or end a program whose globalThis is frozen', [
    ['packages/core/test/copies/packed.test.ts', 'for a frozen globalThis, likewise'],
    ['packages/core/test/copies/packed.test.ts', 'a globalThis that is frozen after the slot was made is no hindrance'],
  ]),
  ...of('Deno', 'it runs the text of a worker or of -e as a script, which cannot import', [
    ['packages/core/test/copies/packed.test.ts', 'a worker thread has a default registry of its own'],
    ['packages/core/test/heartbeat/process.test.ts'],
  ]),
  ...of('Deno', 'its fetch gives a refused connection no code: the guard takes it for an answer', [
    [
      'packages/core/test/adapters/mcp-http.test.ts',
      'the server goes away: each request is a suspect, whatever fetch calls it',
    ],
  ]),
  ...of('Deno', "the test is of Node's crash text, and Deno's ends with the line of the source", [
    [
      'packages/core/test/adapters/mcp-stdio.test.ts',
      'the server dies at its start: a wedge that shows the last of its stderr',
    ],
  ]),
]

function of(runtime, why, tests) {
  return tests.map(([file, test]) => ({ runtime, file, test, why }))
}

/**
 * The tests that cannot pass on a runtime, and why: the only place where one is excused. `test` is the full title, or its
 * end; without it the whole file is meant.
 */
export const EXCEPTIONS = [
  ...of('Bun', 'its heapUsed stands still between collections: the meter reads 0', [
    ['packages/core/test/registry/allocation.test.ts', 'would see an allocation'],
  ]),
  ...of('Bun', 'its engine ends a call that has no stack left between any two statements, ours included', [
    ['packages/core/test/registry/exhausted-stack.test.ts'],
  ]),
  ...of('Bun', 'it tells no writer that a child has closed its stdin: the silence is found, by its deadline', [
    [
      'packages/core/test/adapters/claude-sessions.test.ts',
      'a process that no longer listens is a wedge, for the reason that the SDK gives its own abort',
    ],
  ]),
  ...of('Bun', "the test is of Node's crash text, and Bun's ends with its own version", [
    [
      'packages/core/test/adapters/mcp-connect.test.ts',
      'to a server that dies at its start is a wedge that shows the end of its stderr',
    ],
  ]),
  ...of('Bun', "the test is of Node's words for a refused connection; Bun's are others", [
    [
      'packages/core/test/adapters/mcp-http.test.ts',
      'a server that goes away makes each request a suspect, whatever fetch calls it',
    ],
    ['packages/core/test/adapters/mcp-http.test.ts', 'a connect that finds no one listening is a wedge'],
  ]),
  ...of('Bun', 'its regex engine gives up on a match of megabytes, and says nothing', [
    ['packages/core/test/foreign/redact-secrets.test.ts', 'it never throws, whatever it is given'],
  ]),
  ...of('Bun', 'its fake timers count one more', [
    ['packages/core/test/heartbeat/flapping.test.ts', 'stop() does not wait for the next tenth of a second'],
    [
      'packages/core/test/heartbeat/stop.test.ts',
      'stop() ends within timeoutMs if nothing answers, whatever fetch and headers do',
    ],
    [
      'packages/core/test/heartbeat/stop.test.ts',
      'stop() waits for a send in flight, and uses what is left of timeoutMs for the last try',
    ],
  ]),
  ...of('Bun', 'the test runs `node --test`; Bun has a runner of its own', [
    ['packages/testing/test/node-test.test.ts'],
  ]),
  ...of('Node 26', 'its compiler leaves out part of what the attempt allocates', [
    ['packages/core/test/registry/allocation.test.ts', 'would see an allocation'],
  ]),
  ...of('Deno', "it does not take Node's flags for the young generation: the meter reads too little", [
    ['packages/core/test/registry/allocation.test.ts', 'would see an allocation'],
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
      'a server that goes away makes each request a suspect, whatever fetch calls it',
    ],
  ]),
  ...of('Deno', "the test is of Node's crash text, and Deno's ends with the line of the source", [
    [
      'packages/core/test/adapters/mcp-connect.test.ts',
      'to a server that dies at its start is a wedge that shows the end of its stderr',
    ],
  ]),
]

function of(runtime, why, tests) {
  return tests.map(([file, test]) => ({ runtime, file, test, why }))
}

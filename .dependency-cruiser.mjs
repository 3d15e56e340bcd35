/**
 * Who imports whom. A fact flows one way: SDK event, guard, state, wedged list, delivery, heartbeat, platform. Nothing
 * imports what comes after it, so no circle can close between two rooms; type-only imports count as imports.
 */

/** What each room of packages/core/src may import besides itself and `types.ts`. A new room gets a line here. */
const ROOMS = {
  foreign: [],
  process: ['foreign/'],
  delivery: ['process/', 'foreign/'],
  registry: ['delivery/', 'process/', 'foreign/'],
  guard: ['foreign/'],
  adapters: ['guard/', 'foreign/'],
  heartbeat: ['default.ts', 'foreign/'],
}

/** The files of packages/core/src outside a room. */
const FILES = {
  'events.ts': [],
  'types.ts': ['events.ts'],
  'default.ts': ['registry/', 'process/', 'foreign/', 'types.ts'],
  'index.ts': ['default.ts', 'registry/', 'types.ts'],
}

const CORE = '^packages/core/src/'
const TESTING = '^packages/testing/src/'
const oneOf = names => `(${names.join('|').replaceAll('.', '\\.')})`

const importsOnly = (name, from, allowed) => ({
  name: `core-${name}`,
  comment: `${name} imports ${allowed.join(', ') || 'nothing'} of packages/core/src.`,
  severity: 'error',
  from: { path: `${CORE}${oneOf([from])}` },
  to: { path: CORE, ...(allowed.length > 0 && { pathNot: `${CORE}${oneOf(allowed)}` }) },
})

export default {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'No circle between files, type-only imports included: move what both need into a file of its own.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'unresolved',
      comment: 'An import that is not found here is one that no rule can judge.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    ...Object.entries(ROOMS).map(([room, allowed]) =>
      importsOnly(room, `${room}/`, [`${room}/`, 'types.ts', ...allowed]),
    ),
    ...Object.entries(FILES).map(([file, allowed]) => importsOnly(file, file, allowed)),
    {
      name: 'core-room-without-rule',
      comment: 'Say in ROOMS of .dependency-cruiser.mjs what this file may import.',
      severity: 'error',
      from: {
        path: CORE,
        pathNot: `${CORE}${oneOf([...Object.keys(ROOMS).map(room => `${room}/`), ...Object.keys(FILES)])}`,
      },
      to: {},
    },
    {
      name: 'adapters-apart',
      comment: "An adapter imports its own folder and adapters/shared/, never another SDK's.",
      severity: 'error',
      from: { path: `${CORE}adapters/([^/.]+)(/|\\.ts$)`, pathNot: `${CORE}adapters/shared/` },
      to: { path: `${CORE}adapters/`, pathNot: `${CORE}adapters/($1|shared)(/|\\.ts$)` },
    },
    {
      name: 'adapters-shared',
      comment: 'What adapters share knows none of them.',
      severity: 'error',
      from: { path: `${CORE}adapters/shared/` },
      to: { path: `${CORE}adapters/`, pathNot: `${CORE}adapters/shared/` },
    },
    {
      name: 'core-without-testing',
      comment: 'Core never imports the testing package.',
      severity: 'error',
      from: { path: CORE },
      to: { path: '^packages/testing/|^@runtime-wedge/' },
    },
    {
      name: 'index-is-for-users',
      comment: 'A package never imports its own public face.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/src/' },
      to: { path: '^packages/$1/src/index\\.ts$' },
    },
    {
      name: 'testing-by-name',
      comment: 'The testing package imports the entries of core, as its users do.',
      severity: 'error',
      from: { path: TESTING },
      to: { path: CORE, pathNot: `${CORE}(index|[^/]+/index|adapters/[^/]+)\\.ts$` },
    },
    {
      name: 'testing-without-fast-check',
      comment: 'fast-check is an optional peer: only the room of that name may need it.',
      severity: 'error',
      from: { path: TESTING, pathNot: `${TESTING}fast-check/` },
      to: { path: `${TESTING}fast-check/|^node_modules/.*fast-check|^fast-check$` },
    },
  ],
  options: {
    // Without it type-only imports are not seen: they are gone once compiled.
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@runtime-wedge/source', 'import', 'types', 'default'],
      extensions: ['.ts'],
    },
  },
}

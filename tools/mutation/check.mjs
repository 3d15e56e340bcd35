// Breaks the source in one place at a time, and fails where the tests see too little of it: `pnpm mutation` for the rooms
// below, `pnpm mutation packages/core/src/delivery` for a folder, a file, or the lines `file.ts:10-20`.
import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Stryker } from '@stryker-mutator/core'
import { ROOT } from '../pack.mjs'
import { cloneWorkTree } from './clone.mjs'

const CORE_TESTS = [
  'packages/core/test/{registry,delivery,process,copies,properties}/**',
  'packages/core/test/default.test.ts',
  'packages/core/test/foreign/abort-signal.test.ts',
]
/**
 * The least share of mutants, in percent, that the tests must notice, and the tests that are to notice them. Equivalents
 * count as missed: all that is missed in process/ is equivalent, see docs/reliability.md.
 */
const ROOMS = {
  'packages/core/src/registry/': { bar: 95, tests: CORE_TESTS },
  'packages/core/src/delivery/': { bar: 94, tests: CORE_TESTS },
  'packages/core/src/process/': { bar: 93, tests: CORE_TESTS },
  'packages/core/src/foreign/': { bar: 90, tests: [...CORE_TESTS, 'packages/core/test/{foreign,heartbeat}/**'] },
  'packages/core/src/heartbeat/': { bar: 90, tests: ['packages/core/test/heartbeat/**'] },
  'packages/testing/src/': { bar: 90, tests: ['packages/testing/test/**'] },
}
/** Where there is no bar, all tests of the package are to notice them. */
const roomOf = path => Object.keys(ROOMS).find(room => `${path}/`.startsWith(room))
const testsFor = path => ROOMS[roomOf(path)]?.tests ?? [`${path.split('/').slice(0, 2).join('/')}/test/**`]

const chosen = process.argv.slice(2).map(path => relative(ROOT, path))
const paths = chosen.length > 0 ? chosen : Object.keys(ROOMS)
const mutate = paths.map(path => (/\.ts(:[\d:-]+)?$/.test(path) ? path : `${path.replace(/\/$/, '')}/**/*.ts`))

process.env.MUTATION_TESTS = [...new Set(paths.flatMap(testsFor))].join(' ')
process.chdir(cloneWorkTree())
// They too remove the clone.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))
const mutants = await new Stryker({
  mutate,
  inPlace: true,
  testRunner: 'vitest',
  plugins: [fileURLToPath(import.meta.resolve('@stryker-mutator/vitest-runner'))],
  vitest: { configFile: 'tools/mutation/vitest.config.mjs', related: false },
  coverageAnalysis: 'perTest',
  concurrency: 1,
  // A name that does not exist: it would read the file by the JavaScript API of TypeScript, which TypeScript 7 lacks.
  tsconfigFile: 'none.json',
  reporters: ['progress-append-only'],
  allowConsoleColors: false,
}).runMutationTest()

const file = ({ fileName }) => relative(process.cwd(), fileName)

/** Where a mutant is, and what it makes of the code there. */
function describe(mutant) {
  const { location, mutatorName, replacement, status } = mutant
  const where = `${file(mutant)}:${location.start.line}:${location.start.column}`
  const unrun = status === 'NoCoverage' ? ', which no test runs' : ''
  return `${where} ${mutatorName}${unrun}: ${replacement.replace(/\s+/g, ' ')}`
}

/** Prints a room's score and its survivors. @returns whether the tests see enough of it */
function report(mutants, room) {
  const seen = mutants.filter(({ status }) => status === 'Killed' || status === 'Timeout').length
  const survivors = mutants.filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
  const score = (100 * seen) / (seen + survivors.length)
  const bar = ROOMS[room]?.bar
  console.log(
    `\n${room} ${score.toFixed(1)} % of ${mutants.length} mutants${bar === undefined ? '' : `, the bar is ${bar} %`}`,
  )
  for (const survivor of survivors) console.log(describe(survivor))
  return !(score < bar)
}

/** By room, and outside the rooms by folder. */
const groups = new Map()
for (const mutant of mutants) {
  const room = roomOf(file(mutant)) ?? `${dirname(file(mutant))}/`
  groups.set(room, [...(groups.get(room) ?? []), mutant])
}
const verdicts = [...groups].map(([room, own]) => report(own, room))
process.exit(verdicts.length > 0 && verdicts.every(Boolean) ? 0 : 1)

// Breaks the source in one place at a time, and fails where the tests see too little of it: `pnpm mutation` for the rooms
// below, `pnpm mutation packages/core/src/delivery` for a folder, a file, or the lines `file.ts:10-20`.
import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Stryker } from '@stryker-mutator/core'
import { ROOT } from '../pack.mjs'
import { cloneWorkTree } from './clone.mjs'

/** The least share of mutants, in percent, that the tests must see. */
const ROOMS = {
  'packages/core/src/registry/': 95,
  'packages/core/src/delivery/': 95,
  'packages/core/src/process/': 95,
  'packages/core/src/foreign/': 90,
  'packages/core/src/heartbeat/': 90,
  'packages/testing/src/': 90,
}

const chosen = process.argv.slice(2).map(path => relative(ROOT, path))
const paths = chosen.length > 0 ? chosen : Object.keys(ROOMS)
const mutate = paths.map(path => (/\.ts(:[\d:-]+)?$/.test(path) ? path : `${path.replace(/\/$/, '')}/**/*.ts`))

process.env.MUTATED_PACKAGES = [...new Set(paths.map(path => path.split('/')[1]))].join()
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
  const bar = ROOMS[room]
  console.log(
    `\n${room} ${score.toFixed(1)} % of ${mutants.length} mutants${bar === undefined ? '' : `, the bar is ${bar} %`}`,
  )
  for (const survivor of survivors) console.log(describe(survivor))
  return !(score < bar)
}

/** By room, and outside the rooms by folder. */
const groups = new Map()
for (const mutant of mutants) {
  const room = Object.keys(ROOMS).find(each => file(mutant).startsWith(each)) ?? `${dirname(file(mutant))}/`
  groups.set(room, [...(groups.get(room) ?? []), mutant])
}
const verdicts = [...groups].map(([room, own]) => report(own, room))
process.exit(verdicts.length > 0 && verdicts.every(Boolean) ? 0 : 1)

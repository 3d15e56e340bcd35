// Runs the tests of the packages on every runtime, and fails for each failure that exceptions.mjs does not excuse.
// `pnpm test:runtimes Deno "Node 24"` runs these alone. All of it takes about seven minutes on two cores.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { ROOT, readJson, withSandbox } from '../pack.mjs'
import { withoutPermissions } from './deno-permissions.mjs'
import { EXCEPTIONS } from './exceptions.mjs'

const DENO = 'deno@2.9.6'
const RUNTIMES = {
  'Node 20': ['node@20'],
  'Node 22': ['node@22'],
  'Node 24': ['node@24'],
  'Node 26': ['node@26'],
  Bun: ['bun@1.4.5', '--bun'],
  Deno: [DENO, 'run', '-A'],
}
const VITEST = ['node_modules/vitest/vitest.mjs', 'run', 'packages/core', 'packages/testing', '--reporter=json']

/** @returns vitest's report, and what was printed: the reason, if there is none */
function runTests(command, sandbox) {
  const outputFile = join(sandbox, 'report.json')
  const temporary = join(sandbox, 'tmp')
  mkdirSync(temporary)
  // The tests make their folders in here. Deno looks for node_modules only beneath a package.json.
  writeFileSync(join(temporary, 'package.json'), '{}')
  const { stdout, stderr } = spawnSync('npx', ['-y', ...command, ...VITEST, `--outputFile=${outputFile}`], {
    cwd: ROOT,
    env: { ...process.env, CI: 'true', NO_COLOR: '1', TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    timeout: 900_000,
    maxBuffer: 2 ** 28,
  })
  return { report: existsSync(outputFile) ? readJson(outputFile) : undefined, printed: `${stdout}${stderr}` }
}

/** Every test of a report; a file that could not be loaded counts as one that failed. */
function testsOf(report) {
  return report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(ROOT, name)
    const tests = assertionResults.map(({ fullName, status, failureMessages }) => ({
      file,
      title: fullName,
      status,
      message: failureMessages?.[0] ?? '',
    }))
    const isBroken = status === 'failed' && !tests.some(test => test.status === 'failed')
    return isBroken ? [...tests, { file, title: '(the file)', status, message }] : tests
  })
}

const isMeant = (exception, { file, title }) =>
  exception.file === file && (exception.test === undefined || title.endsWith(exception.test))

function judge(runtime, { report, printed }) {
  if (!report) return { summary: 'did not run', faults: [printed.trim().slice(-2_000)], notes: [] }
  const tests = testsOf(report)
  const exceptions = EXCEPTIONS.filter(exception => exception.runtime === runtime)
  const failed = tests.filter(({ status }) => status === 'failed')
  const unexcused = failed.filter(test => !exceptions.some(exception => isMeant(exception, test)))
  const notes = exceptions.map(exception => {
    const meant = tests.filter(test => isMeant(exception, test))
    const name = exception.test ?? 'the whole file'
    const fate =
      meant.length === 0 ? 'NO SUCH TEST' : meant.some(test => failed.includes(test)) ? 'fails' : 'PASSES AGAIN'
    return `${fate}: ${exception.file}, ${name}: ${exception.why}`
  })
  const passed = tests.filter(({ status }) => status === 'passed').length
  const faults = unexcused.map(({ file, title, message }) => `${file}, ${title}\n  ${message.split('\n')[0]}`)
  if (passed === 0 || (!report.success && failed.length === 0)) faults.push(printed.trim().slice(-2_000))
  return {
    summary: `${passed} passed, ${failed.length - unexcused.length} excused, ${unexcused.length} failed`,
    faults,
    notes,
  }
}

const chosen = process.argv.slice(2).map(name => name.toLowerCase())
const known = Object.keys(RUNTIMES).map(name => name.toLowerCase())
const unknown = chosen.filter(name => !known.includes(name))
if (unknown.length > 0) {
  console.error(`test:runtimes knows ${known.join(', ')}, not ${unknown.join(', ')}.`)
  process.exit(1)
}
const runtimes = Object.entries(RUNTIMES).filter(([name]) => chosen.length === 0 || chosen.includes(name.toLowerCase()))
const results = new Map()
for (const [runtime, command] of runtimes) {
  const began = performance.now()
  const result = await withSandbox(sandbox => judge(runtime, runTests(command, sandbox)))
  results.set(runtime, result)
  console.log(`${runtime.padEnd(9)} ${result.summary}, ${Math.round((performance.now() - began) / 1_000)} s`)
}
if (results.has('Deno')) {
  const faults = await withoutPermissions(DENO)
  results.set('Deno without permissions', { faults, notes: [] })
  console.log(`Deno without permissions: ${faults.length === 0 ? 'ok' : 'FAILED'}`)
}
for (const [runtime, { faults, notes }] of results) {
  for (const note of notes) console.log(`\n${runtime}, excused. ${note}`)
  for (const fault of faults) console.log(`\n${runtime}, FAILED: ${fault}`)
}
process.exitCode = [...results.values()].some(({ faults }) => faults.length > 0) ? 1 : 0

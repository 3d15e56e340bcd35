// Compiles projects with one TypeScript, by its API where it has one: a compiler that is warm takes half the time.
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { readJson } from '../pack.mjs'

const [typescript, ...configs] = process.argv.slice(2)
const { main, bin } = readJson(join(typescript, 'package.json'))
const ts = main && createRequire(import.meta.url)(typescript)

function byApi(config) {
  const { fileNames, options, errors } = ts.parseJsonConfigFileContent(readJson(config), ts.sys, process.cwd())
  const program = ts.createProgram(fileNames, options)
  const host = { getCanonicalFileName: name => name, getCurrentDirectory: () => process.cwd(), getNewLine: () => '\n' }
  return ts.formatDiagnostics([...errors, ...ts.getPreEmitDiagnostics(program)], host)
}

function byCommand(config) {
  try {
    execFileSync(process.execPath, [join(typescript, bin.tsc), '-p', config], { stdio: ['ignore', 'pipe', 'inherit'] })
    return ''
  } catch (error) {
    return error.stdout?.toString() || error.message
  }
}

process.stdout.write(JSON.stringify(configs.map(ts ? byApi : byCommand)))

import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { transformSync } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readBlocks } from './blocks.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = join(here, '../..')
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
/** Blocks are run here, where the packages resolve as they do for a user: built, by name. */
const folder = join(here, '.blocks')
const blocks = readBlocks(root)

const run = async (args: string[]): Promise<{ stdout: string; stderr: string }> => {
  const { NODE_OPTIONS, VITEST, ...env } = process.env
  return promisify(execFile)(process.execPath, args, { cwd: folder, env: { ...env, NO_COLOR: '1' } })
}

beforeAll(() => {
  mkdirSync(folder, { recursive: true })
  // Else vitest would find the workspace's own, whose tests these blocks are not.
  writeFileSync(join(folder, 'vitest.config.mjs'), 'export default { test: { globals: true } }')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('each program in the documents runs, and prints what they say', () => {
  const programs = blocks.filter(({ language }) => language === 'ts' || language === 'js')
  it.each(programs.map(block => [block.at, block] as const))(
    '%s',
    async (at, { code, prints }) => {
      const name = at.replace(/\W+/g, '-')
      if (/from 'vitest'|testing\/vitest'|@jest\/globals/.test(code)) {
        writeFileSync(join(folder, `${name}.test.ts`), code.replace('@jest/globals', 'vitest'))
        await run([vitest, 'run', '--root', folder, `${name}.test.ts`])
        return
      }
      const file = join(folder, `${name}.mjs`)
      writeFileSync(file, transformSync(code, { loader: 'ts', format: 'esm', target: 'node20' }).code)
      const { stdout } = await run(code.includes("'node:test'") ? ['--test', file] : [file])
      if (prints.length > 0) expect(stdout.trim().split('\n')).toEqual(prints)
    },
    60_000,
  )
})

describe('each command in the documents exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object }
  const commands = blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ at, code }) => [...code.matchAll(/pnpm(?:@12)? (?:run )?([\w:]+)/g)].map(match => [at, match[1]!]))
  it.each(commands)('%s: %s', (_, command) => {
    expect(['add', 'install', ...Object.keys(scripts)]).toContain(command)
  })
})

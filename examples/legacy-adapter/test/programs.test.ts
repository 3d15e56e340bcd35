import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

// The programs that the build has made, in processes of their own, as a user runs them.
const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))
const node = async (...args: string[]): Promise<string> => (await promisify(execFile)(process.execPath, args)).stdout

test('the original code is unchanged', async () => {
  expect(await readFile(at('src/adapter.ts'), 'utf8')).toContain(`
  async execute(ctx: Context): Promise<Result> {
    let result: Result
    try { result = await this.runQuery(ctx) }
    catch (e) { if (e instanceof SomeFatalSdkError) markWedged(\`hermes init timeout — restart workspace (\${e})\`); throw e }
    clearWedge()   // observed success: the next heartbeat reports healthy
    return result
  }
`)
})

test('alone.js shows one flag', async () => {
  expect((await node(at('dist/alone.js'))).split('\n')).toEqual([
    'hermes: hello',
    'after an answer: healthy',
    'Control request timeout: initialize',
    'after a fatal error: wedged, hermes init timeout — restart workspace (SomeFatalSdkError: Control request timeout: initialize)',
    'after a restart and an answer: healthy',
    '',
  ])
}, 30_000)

test('side-by-side.js shows a flag for each adapter', async () => {
  expect((await node(at('dist/side-by-side.js'))).split('\n')).toEqual([
    'both have answered:',
    '  hermes:left healthy',
    '  hermes:right healthy',
    'left fell silent, right has answered:',
    '  hermes:left wedged',
    '  hermes:right healthy',
    "right's success did not clear left:",
    '  hermes:left wedged',
    '  hermes:right healthy',
    'left was restarted and has answered:',
    '  hermes:left healthy',
    '  hermes:right healthy',
    '',
  ])
}, 30_000)

test('the same reset works in node:test', async () => {
  const report = await node('--test', '--test-reporter=tap', at('test/reset.node-test.mjs'))
  expect(report).toContain('# pass 3')
  expect(report).toContain('# fail 0')
}, 30_000)

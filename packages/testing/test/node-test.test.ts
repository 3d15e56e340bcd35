import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

it('resets between the tests of node:test', async () => {
  const suite = fileURLToPath(new URL('runners/node-test.mjs', import.meta.url))
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...env } = process.env
  const { stdout } = await promisify(execFile)(process.execPath, ['--test', '--test-reporter=tap', suite], { env })
  expect(stdout).toContain('# pass 2')
  expect(stdout).toContain('# fail 0')
})

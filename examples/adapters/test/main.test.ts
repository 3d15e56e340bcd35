import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { test } from '@runtime-wedge/testing/vitest'
import { expect } from 'vitest'
import { startMcp } from '../src/mcp.ts'

// The program that the build has made, in a process of its own, as a user runs it.
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))

test('a silent executor looks healthy without a guard, and is wedged, restarted and healthy with one', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [main])
  expect(stdout.split('\n')).toEqual([
    'mcp:files, unguarded',
    '  one? files: one',
    '    healthy',
    '  two? no answer, no error in 4 s',
    '    healthy',
    'mcp:files',
    '  one? files: one',
    '    healthy',
    '  two? failed: MCP error -32001: Request timed out',
    '    request: MCP error -32001: Request timed out — restart mcp:files',
    '  three? files: three',
    '    healthy',
    'claude:1, unguarded',
    '  one? claude: one',
    '    healthy',
    '  two? no answer, no error in 4 s',
    '    healthy',
    'claude:1',
    '  one? claude: one',
    '    healthy',
    '  two? failed: no first message within 2500 ms',
    '    no first message within 2500 ms — restart claude:1',
    '  three? claude: three',
    '    healthy',
    '',
  ])
}, 60_000)

test('a server that never answers is wedged', async ({ registry }) => {
  const state = registry.scope('mcp:files')
  const files = await startMcp(0, state)
  await expect(files.ask('one')).rejects.toThrow('Request timed out')
  expect(state).toBeWedged(/Request timed out — restart mcp:files$/)
  await files.stop()
}, 60_000)

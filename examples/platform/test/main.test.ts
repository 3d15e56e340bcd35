import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { askAs, platform, start } from './client.ts'

/** The program that the build has made, in a process of its own, as a user runs it. */
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const started: ChildProcess[] = []

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})

function run(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  started.push(child)
  return child
}

test.each([
  [['--port', 'TAKEN'], 'EADDRINUSE'],
  [['--host', 'http://canvas'], 'host must be a name such as "canvas.internal"'],
  [['--offline-after-ms', 'soon'], 'offlineAfterMs must be a number of milliseconds from 1 to 2147483647, got NaN'],
  [['--hots', 'canvas'], "Unknown option '--hots'"],
])('with %j it says what is wrong, and ends', async (args, message) => {
  await start()
  const child = run(...args.map(arg => arg.replace('TAKEN', new URL(platform.url).port)))
  const printed = child.stderr!.toArray()
  expect(await once(child, 'close')).toEqual([1, null])
  expect((await printed).join('')).toMatch(new RegExp(`^[^]*${message}[^]*Usage: `))
})

test('each --host is a name that it answers to, and SIGTERM is its normal end', async () => {
  const child = run('--host', 'canvas.internal', '--host', 'canvas-2')
  const [greeting] = (await once(child.stdout!, 'data')) as [Buffer]
  const url = /http:\S+/.exec(greeting.toString())![0]
  for (const name of ['canvas.internal', 'canvas-2']) {
    expect(await askAs(name, '/workspaces', { url })).toEqual([200, '{"workspaces":[]}'])
  }
  expect((await askAs('canvas-3', '/workspaces', { url }))[0]).toBe(403)
  child.kill('SIGTERM')
  expect(await once(child, 'close')).toEqual([0, null])
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test, vi } from 'vitest'
import { descendantsOf, killTree } from '../src/kill-tree.ts'

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('kills everything that the process has started, even what ignores other signals', async () => {
  const deaf = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log(process.pid)`
  const launcher = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(deaf)}], { stdio: 'inherit' })`
  const child = spawn(process.execPath, ['-e', launcher], { stdio: ['ignore', 'pipe', 'ignore'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const grandchild = Number(line)
  expect(descendantsOf(child.pid!)).toEqual([grandchild])

  killTree(child.pid!)
  await once(child, 'exit')
  await vi.waitFor(() => expect(alive(grandchild)).toBe(false), { timeout: 10_000 })
})

test('a process that is gone is not an error', async () => {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  expect(descendantsOf(child.pid!)).toEqual([])
  expect(() => killTree(child.pid!)).not.toThrow()
})

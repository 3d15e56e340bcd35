import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { healthy } from './bodies.ts'
import { openStream, type Stream } from './sse.ts'

// What the build has made, in a process of its own that can be stopped as a suspended machine stops it.
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const OFFLINE_AFTER_MS = 2_000
const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function startProcess(): Promise<{ url: string; pause: (ms: number) => Promise<void>; events: Stream }> {
  const child = fork(main, ['--offline-after-ms', `${OFFLINE_AFTER_MS}`], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  cleanups.push(() => child.kill('SIGKILL'))
  const [greeting] = (await once(child.stdout!, 'data')) as [Buffer]
  const url = /http:\S+/.exec(greeting.toString())![0]
  const events = await openStream(`${url}/events`)
  const pause = async (ms: number): Promise<void> => {
    child.kill('SIGSTOP')
    await sleep(ms)
    child.kill('SIGCONT')
  }
  return { url, pause, events }
}

/** A host that sends a heartbeat ten times a second, without waiting for answers. @returns ends it */
function startHost(url: string, workspace_id: string): () => void {
  const beating = setInterval(() => {
    const body = JSON.stringify(healthy({ workspace_id }))
    fetch(`${url}/registry/heartbeat`, { method: 'POST', body }).catch(() => {})
  }, 100)
  const end = () => clearInterval(beating)
  cleanups.push(end)
  return end
}

test('a platform that was paused does not report hosts as offline that never stopped sending', async () => {
  const { url, pause, events } = await startProcess()
  startHost(url, 'lives')
  const end = startHost(url, 'dies')
  for (const _ of ['lives', 'dies']) await events.next('WORKSPACE_ONLINE')
  await pause(2 * OFFLINE_AFTER_MS)
  end()
  // The first to be reported is the one that has stopped meanwhile; the other would have been reported with it.
  expect((await events.next('WORKSPACE_OFFLINE')).data.workspace_id).toBe('dies')
  const { workspaces } = (await (await fetch(`${url}/workspaces`)).json()) as { workspaces: object[] }
  expect(workspaces).toContainEqual(expect.objectContaining({ workspace_id: 'lives', status: 'online' }))
  const { events: kept } = (await (await openStream(`${url}/events`)).next('snapshot')).data
  expect(kept.filter(({ type }) => type === 'WORKSPACE_OFFLINE')).toHaveLength(1)
})

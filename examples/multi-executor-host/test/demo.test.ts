import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { descendantsOf, killTree } from '../src/kill-tree.ts'
import type { TimelineEntry } from '../src/timeline.ts'

/** The program that the build has made, in a process of its own, as a user runs it. */
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const started: ChildProcess[] = []

afterEach(() => {
  for (const { pid } of started.splice(0)) if (pid !== undefined) killTree(pid)
})

function run(...args: string[]) {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  started.push(child)
  const lines: string[] = []
  const troubles: string[] = []
  const family = new Set<number>()
  createInterface(child.stderr).on('line', line => troubles.push(line))
  const out = createInterface(child.stdout).on('line', line => {
    lines.push(line)
    for (const pid of descendantsOf(child.pid!)) family.add(pid)
  })
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  return {
    child,
    lines,
    troubles,
    closed,
    /** Resolves when a line contains `text`. */
    seen: async (text: string): Promise<void> => {
      while (!lines.some(line => line.includes(text))) await once(out, 'line')
    },
    /** Resolves when every process that was ever seen below it is gone. */
    leftNothing: () =>
      vi.waitFor(
        () => {
          expect(family.size).toBeGreaterThan(3)
          expect([...family].filter(alive)).toEqual([])
        },
        { timeout: 10_000 },
      ),
  }
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('three executors are wedged, restarted and cleared, the platform hears of each step, and the demo ends', async () => {
  const demo = run('--json')
  expect(await demo.closed).toEqual([0, null])
  expect(demo.troubles).toEqual([])
  const entries = demo.lines.map(line => JSON.parse(line) as TimelineEntry)
  const of = (scope: string, ...events: string[]) =>
    entries.filter(entry => entry.scope === scope && events.includes(entry.event))

  const reasons = {
    'mcp:search': /no answer|timed out/i,
    'mcp:files': /connection closed/i,
    'hermes:legacy':
      /^hermes init timeout — restart workspace \(SomeFatalSdkError: Control request timeout: initialize\)$/,
  }
  for (const [scope, reason] of Object.entries(reasons)) {
    const [wedged, ...rest] = of(scope, 'WEDGED', 'restarted', 'CLEARED')
    expect(wedged).toMatchObject({
      event: 'WEDGED',
      detail: expect.stringMatching(reason),
      aggregate: { wedged: true },
    })
    expect(rest.map(entry => entry.event)).toEqual(['restarted', 'CLEARED'])
  }
  expect(of('mcp:files', 'restart failed')).toHaveLength(1)
  expect(of('mcp:calendar', 'started', 'WEDGED', 'restarting').map(entry => entry.event)).toEqual(['started'])

  // The first wedged scope is the primary until it is cleared, then the next one, without a healthy moment in between.
  const transitions = entries.filter(entry => entry.event === 'WEDGED' || entry.event === 'CLEARED')
  const order: string[] = []
  for (const { scope, event, aggregate } of transitions) {
    if (event === 'WEDGED') order.push(scope)
    else order.splice(order.indexOf(scope), 1)
    expect(aggregate).toMatchObject({ wedged: order.length > 0, scope: order[0] ?? null, count: order.length })
  }
  expect(order).toEqual([])

  const statuses = of('platform', 'WORKSPACE_DEGRADED', 'WORKSPACE_ONLINE')
  expect(statuses.filter(entry => entry.after?.type === 'mark').length).toBeGreaterThanOrEqual(1)
  expect(statuses.at(-1)).toMatchObject({ event: 'WORKSPACE_ONLINE', after: { type: 'clear' } })
  expect(of('platform', 'RESTART_SENT', 'RESTART_CLEARED').map(entry => entry.detail)).toEqual([
    'hermes:legacy',
    'hermes:legacy',
  ])

  expect(entries.at(-1)).toMatchObject({ event: 'summary', aggregate: { wedged: false } })
  expect(entries.at(-1)?.ms).toBeLessThan(30_000)
  await demo.leftNothing()
}, 60_000)

describe('when it is interrupted', () => {
  test('by SIGTERM, it leaves no process behind; without a terminal it prints plain text', async () => {
    const demo = run()
    await demo.seen('WEDGED')
    demo.child.kill('SIGTERM')
    expect(await demo.closed).toEqual([143, null])
    expect(demo.troubles).toEqual([])
    expect(demo.lines.join('\n')).not.toContain('\x1b')
    await demo.leftNothing()
  }, 60_000)

  test('by SIGKILL, which it cannot notice, everything that it has started ends too', async () => {
    const demo = run()
    await demo.seen('mcp:calendar    answered')
    demo.child.kill('SIGKILL')
    await demo.closed
    await demo.leftNothing()
  }, 60_000)
})

test('--serve serves the page and restarts what the operator asks for, until Ctrl-C, which is its normal end', async () => {
  const demo = run('--serve')
  await demo.seen('mcp:calendar    answered')
  const page = /http:\S+/.exec(demo.lines[0]!)![0]
  expect((await fetch(page)).headers.get('content-type')).toContain('text/html')
  const body = JSON.stringify({ scope: 'mcp:calendar' })
  const response = await fetch(`${page}workspaces/multi-executor-host/restart`, { method: 'POST', body })
  expect(response.status).toBe(202)
  await demo.seen('mcp:calendar    restarted')
  demo.child.kill('SIGINT')
  expect(await demo.closed).toEqual([0, null])
  expect(demo.troubles).toEqual([])
  await demo.leftNothing()
}, 60_000)

test('an unknown option is named in an error, with the usage', async () => {
  const demo = run('--sevre')
  expect(await demo.closed).toEqual([1, null])
  expect(demo.troubles.join('\n')).toMatch(/--sevre[\s\S]*Usage/)
})

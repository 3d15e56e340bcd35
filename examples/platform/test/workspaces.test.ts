import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { parseHeartbeat } from '../src/body.ts'
import type { ServerEvent } from '../src/event-stream.ts'
import { MemoryStore } from '../src/memory-store.ts'
import { Workspaces, type WorkspacesOptions } from '../src/workspaces.ts'
import { healthy, wedged } from './bodies.ts'

let published: ServerEvent[]
let commands: ServerEvent[]
let listening: boolean
let workspaces: Workspaces

const beat = (body: object) => workspaces.heartbeat(parseHeartbeat(body).heartbeat)
/** Lets a deadline of so many milliseconds pass; in fake time the turns in which arrived requests are read take some too. */
const letPass = (ms: number) => vi.advanceTimersByTime(ms + 10)
const events = () => workspaces.snapshot().events.map(({ type }) => type)
const view = () => workspaces.views()[0]!

function start(limits: Pick<WorkspacesOptions, 'maxWorkspaces' | 'maxCharacters'> = {}): void {
  workspaces?.close()
  workspaces = new Workspaces({
    store: new MemoryStore(),
    offlineAfterMs: 60_000,
    restartLimitMs: 30_000,
    publish: event => published.push(event),
    deliver: (_id, command) => listening && commands.push(command) > 0,
    ...limits,
  })
}

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
  published = []
  commands = []
  listening = true
  start()
})

afterEach(() => {
  workspaces.close()
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

test('a workspace that sends no heartbeat for sixty seconds is offline, which is broadcast once', () => {
  beat(healthy())
  vi.advanceTimersByTime(59_999)
  beat(healthy())
  vi.advanceTimersByTime(59_999)
  expect(view().status).toBe('online')
  letPass(1)
  expect(view().status).toBe('offline')
  expect(view().status_since - 1_119_999).toBeLessThan(10)
  letPass(600_000)
  expect(events()).toEqual(['WORKSPACE_ONLINE', 'WORKSPACE_OFFLINE'])
  beat(healthy())
  letPass(60_000)
  expect(events()).toEqual(['WORKSPACE_ONLINE', 'WORKSPACE_OFFLINE', 'WORKSPACE_ONLINE', 'WORKSPACE_OFFLINE'])
})

test('a heartbeat that says nothing new sends the pages one line, not the whole view', () => {
  beat({ ...healthy(), scopes: ['a'] })
  beat({ ...healthy(), scopes: ['a'], uptime_seconds: 90 })
  beat({ ...healthy(), scopes: ['a', 'b'], uptime_seconds: 120 })
  expect(published.map(({ event }) => event)).toEqual(['WORKSPACE_ONLINE', 'workspace', 'heard', 'workspace'])
  expect(published[2]!.data).toEqual({ workspace_id: 'ws', last_heartbeat: 1_000_000, uptime_seconds: 90 })
})

test('a wedge of a host that names no scopes belongs to the scope default, and began when it was first heard of', () => {
  const legacy = (reason: string) => ({ ...healthy(), runtime_state: 'wedged', sample_error: reason })
  const scopes = () => view().wedged_scopes
  beat(legacy('init timeout'))
  vi.advanceTimersByTime(30_000)
  beat(legacy('init timeout'))
  expect(scopes()).toEqual([{ scope: 'default', reason: 'init timeout', since: 1_000_000 }])
  expect(events()).toEqual(['WORKSPACE_DEGRADED'])
  beat(legacy('another'))
  expect(scopes()).toEqual([{ scope: 'default', reason: 'another', since: 1_030_000 }])
  beat(healthy())
  beat(legacy('another'))
  expect(events()).toEqual(['WORKSPACE_DEGRADED', 'WORKSPACE_DEGRADED', 'WORKSPACE_ONLINE', 'WORKSPACE_DEGRADED'])
})

test('the last hundred events are kept, and a client continues after the event that it names', () => {
  for (let i = 0; i < 75; i++) {
    beat(wedged(['a', 'gone']))
    beat(healthy())
  }
  const kept = workspaces.snapshot().events
  expect(kept).toHaveLength(100)
  expect(workspaces.lastEventId).toBe(kept.at(-1)!.id)
  expect(workspaces.eventsAfter(kept[97]!.id)).toEqual(kept.slice(98))
  expect(workspaces.eventsAfter(workspaces.lastEventId)).toEqual([])
  expect(workspaces.eventsAfter('of an earlier start:5')).toEqual(kept)
})

test('a restart that is under way is not sent again, and ends when its wedge does', () => {
  beat(wedged(['a', 'gone', 10], ['b', 'gone', 20]))
  const sent = workspaces.restart('ws', 'a')!
  expect(workspaces.restart('ws', 'a')).toBe(sent)
  expect(commands.map(({ data }) => data)).toEqual([
    { command_id: sent.command_id, workspace_id: 'ws', scope: 'a', time: 1_000_000 },
  ])
  beat(wedged(['a', 'gone', 10]))
  expect(view().restarts).toMatchObject([{ scope: 'a', outcome: 'sent' }])
  beat(healthy())
  expect(view().restarts).toMatchObject([{ scope: 'a', outcome: 'cleared' }])
  expect(events().filter(type => type.startsWith('RESTART'))).toEqual(['RESTART_SENT', 'RESTART_CLEARED'])
})

test('a wedge that began again shows that the restart had worked; the next heartbeat forgets it', () => {
  beat(wedged(['a', 'gone', 10]))
  workspaces.restart('ws', 'a')
  beat(wedged(['a', 'gone', 30]))
  expect(view().restarts).toMatchObject([{ outcome: 'cleared', wedge_since: 10 }])
  beat(wedged(['a', 'gone', 30]))
  expect(view().restarts).toEqual([])
})

test('a wedge that outlasts the limit of its restart is still wedged; it may be restarted again, and may still clear', () => {
  beat(wedged(['a', 'gone', 10]))
  workspaces.restart('ws', 'a')
  letPass(30_000)
  expect(view().restarts).toMatchObject([{ outcome: 'still_wedged' }])
  workspaces.restart('ws', 'a')
  expect(commands).toHaveLength(2)
  vi.advanceTimersByTime(29_999)
  expect(view().restarts).toMatchObject([{ outcome: 'sent' }])
  letPass(1)
  beat(healthy())
  expect(view().restarts).toMatchObject([{ outcome: 'cleared' }])
  expect(events().filter(type => type.startsWith('RESTART'))).toEqual([
    'RESTART_SENT',
    'RESTART_STILL_WEDGED',
    'RESTART_SENT',
    'RESTART_STILL_WEDGED',
    'RESTART_CLEARED',
  ])
})

test('a restart that no host heard is not queued, and is forgotten with its wedge', () => {
  listening = false
  beat(wedged(['a', 'gone', 10]))
  expect(workspaces.restart('ws', 'a')).toMatchObject({ outcome: 'no_host' })
  listening = true
  vi.advanceTimersByTime(30_000)
  expect(commands).toEqual([])
  expect(view().restarts).toMatchObject([{ outcome: 'no_host' }])
  beat(healthy())
  expect(view().restarts).toEqual([])
  expect(events().at(-2)).toBe('RESTART_UNDELIVERED')
})

test('a scope that is not known to be wedged may be restarted, without an outcome', () => {
  beat(healthy())
  workspaces.restart('ws', 'a')
  expect(commands).toHaveLength(1)
  beat(healthy())
  letPass(30_000)
  expect(view().restarts).toEqual([])
  expect(events()).toEqual(['WORKSPACE_ONLINE', 'RESTART_SENT'])
})

test('a host that stops is offline at once, until it starts again', () => {
  beat(healthy())
  beat({ ...wedged(['a', 'gone']), leaving: true })
  expect(view()).toMatchObject({ status: 'offline', leaving: true, wedged_count: 1 })
  letPass(600_000)
  expect(workspaces.snapshot().events.at(-1)).toMatchObject({
    type: 'WORKSPACE_OFFLINE',
    payload: { reason: 'stopped by its host' },
  })
  expect(events()).toEqual(['WORKSPACE_ONLINE', 'WORKSPACE_OFFLINE'])
  beat(healthy())
  expect(view()).toMatchObject({ status: 'online', leaving: false })
  letPass(60_000)
  expect(view().status).toBe('offline')
})

describe('what is kept is bounded', () => {
  const ids = () => workspaces.views().map(({ workspace_id }) => workspace_id)
  const beatOf = (workspace_id: string, fields: object = {}) => beat({ ...healthy({ workspace_id }), ...fields })

  test('when there are too many workspaces, the one that has been offline longest is forgotten', () => {
    start({ maxWorkspaces: 3 })
    beatOf('first')
    vi.advanceTimersByTime(10_000)
    beatOf('second')
    vi.advanceTimersByTime(55_000)
    beatOf('third')
    vi.advanceTimersByTime(10_000) // the first two are offline
    published = []
    beatOf('fourth')
    expect(ids()).toEqual(['second', 'third', 'fourth'])
    expect(published[0]).toEqual({ event: 'forgotten', data: { workspace_id: 'first' } })
    beatOf('second')
    expect(() => beatOf('fifth')).toThrow('no room: this platform keeps at most 3 workspaces')
    expect(ids(), 'one that is known is never refused').toEqual(['second', 'third', 'fourth'])
    beatOf('third', { leaving: true })
    beatOf('fifth')
    expect(ids()).toEqual(['second', 'fourth', 'fifth'])
  })

  test('when the workspaces are too large, none of which is offline, what would make them larger is refused', () => {
    start({ maxCharacters: 2_700 })
    const large = { current_task: 'x'.repeat(1_000) }
    beatOf('first', large)
    beatOf('second')
    expect(() => beatOf('second', { ...large, sample_error: 'x'.repeat(1_000) })).toThrow('no room')
    expect(workspaces.views()[1]).toMatchObject({ current_task: '' })
    beatOf('first')
    beatOf('second', large)
    beatOf('third', { leaving: true })
    expect(ids()).toEqual(['first', 'second', 'third'])
    beatOf('first', large)
    expect(ids()).toEqual(['first', 'second'])
  })

  test('restarts of made-up scopes that no host hears are not kept', () => {
    listening = false
    beat(healthy())
    for (let i = 0; i < 1_000; i++) workspaces.restart('ws', `made up ${i}`)
    expect(view().restarts).toEqual([])
  })

  test('a hundred restarts of a workspace may be under way; later ones are refused until one of them has ended', () => {
    beat(wedged(['a', 'gone']))
    for (let i = 0; i < 100; i++) workspaces.restart('ws', `made up ${i}`)
    expect(() => workspaces.restart('ws', 'a')).toThrow('100 restarts of this workspace are under way')
    letPass(30_000)
    expect(workspaces.restart('ws', 'a')).toMatchObject({ outcome: 'sent' })
    expect(view().restarts).toHaveLength(1)
  })

  test('of a host that always invents new scopes, the last hundred restarts are kept', () => {
    for (let i = 0; i < 150; i++) {
      beat(wedged([`session ${i}`, 'gone']))
      workspaces.restart('ws', `session ${i}`)
    }
    beat(healthy())
    expect(view().restarts).toHaveLength(100)
    expect(view().restarts.at(-1)).toMatchObject({ scope: 'session 149', outcome: 'cleared' })
  })
})

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { parseHeartbeat } from '../src/body.ts'
import type { ServerEvent } from '../src/event-stream.ts'
import { Workspaces } from '../src/workspaces.ts'
import { healthy, wedged } from './bodies.ts'

let published: ServerEvent[]
let commands: ServerEvent[]
let listening: boolean
let workspaces: Workspaces

const beat = (body: object) => workspaces.heartbeat(parseHeartbeat(body))
const events = () => workspaces.snapshot().events.map(({ type }) => type)
const view = () => workspaces.views()[0]!

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
  published = []
  commands = []
  listening = true
  workspaces = new Workspaces({
    offlineAfterMs: 60_000,
    restartLimitMs: 30_000,
    publish: event => published.push(event),
    deliver: (_id, command) => listening && commands.push(command) > 0,
  })
})

afterEach(() => {
  workspaces.close()
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

test('sixty seconds without a heartbeat are offline, told once', () => {
  beat(healthy())
  vi.advanceTimersByTime(59_999)
  beat(healthy())
  vi.advanceTimersByTime(59_999)
  expect(view().status).toBe('online')
  vi.advanceTimersByTime(1)
  expect(view()).toMatchObject({ status: 'offline', status_since: 1_119_999 })
  vi.advanceTimersByTime(600_000)
  expect(events()).toEqual(['WORKSPACE_ONLINE', 'WORKSPACE_OFFLINE'])
  beat(healthy())
  vi.advanceTimersByTime(60_000)
  expect(events()).toEqual(['WORKSPACE_ONLINE', 'WORKSPACE_OFFLINE', 'WORKSPACE_ONLINE', 'WORKSPACE_OFFLINE'])
})

test('a heartbeat that says nothing new costs the pages a line, not the whole view', () => {
  beat({ ...healthy(), scopes: ['a'] })
  beat({ ...healthy(), scopes: ['a'], uptime_seconds: 90 })
  beat({ ...healthy(), scopes: ['a', 'b'], uptime_seconds: 120 })
  expect(published.map(({ event }) => event)).toEqual(['WORKSPACE_ONLINE', 'workspace', 'heard', 'workspace'])
  expect(published[2]!.data).toEqual({ workspace_id: 'ws', last_heartbeat: 1_000_000, uptime_seconds: 90 })
})

test('a wedge of a host that names no scopes is one of the default scope, since it was first heard', () => {
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

test('only the last hundred events are kept, and a client continues after the one it names', () => {
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

test('a restart is sent once while it is under way, and ends when its wedge does', () => {
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

test('a wedge that began anew tells that the restart had worked, and makes it the past', () => {
  beat(wedged(['a', 'gone', 10]))
  workspaces.restart('ws', 'a')
  beat(wedged(['a', 'gone', 30]))
  expect(view().restarts).toMatchObject([{ outcome: 'cleared', wedge_since: 10 }])
  beat(wedged(['a', 'gone', 30]))
  expect(view().restarts).toEqual([])
})

test('a restart that does not help within its limit is still wedged, may be sent again, and may still help', () => {
  beat(wedged(['a', 'gone', 10]))
  workspaces.restart('ws', 'a')
  vi.advanceTimersByTime(30_000)
  expect(view().restarts).toMatchObject([{ outcome: 'still_wedged', time: 1_030_000 }])
  workspaces.restart('ws', 'a')
  expect(commands).toHaveLength(2)
  vi.advanceTimersByTime(29_999)
  expect(view().restarts).toMatchObject([{ outcome: 'sent' }])
  vi.advanceTimersByTime(1)
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

test('a restart that no host heard is not kept for later, and is forgotten with its wedge', () => {
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

test('a scope that is not known to be wedged may be restarted; nothing is claimed of what became of it', () => {
  beat(healthy())
  workspaces.restart('ws', 'a')
  expect(commands).toHaveLength(1)
  beat(healthy())
  vi.advanceTimersByTime(30_000)
  expect(view().restarts).toEqual([])
  expect(events()).toEqual(['WORKSPACE_ONLINE', 'RESTART_SENT'])
})

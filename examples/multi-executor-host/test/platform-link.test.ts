import { test } from '@runtime-wedge/testing/vitest'
import { afterEach, beforeEach, expect, vi } from 'vitest'
import { type Platform, startPlatform } from '../../platform/src/server.ts'
import { linkToPlatform, type PlatformLink } from '../src/platform-link.ts'
import { type PlatformNotice, watchPlatform } from '../src/platform-watch.ts'

const workspaceId = 'host 1'
let platform: Platform
let link: PlatformLink | undefined
let end: AbortController

beforeEach(async () => {
  platform = await startPlatform()
  end = new AbortController()
})

afterEach(async () => {
  end.abort()
  await link?.close()
  await platform.close()
})

async function clickRestart(scope: string, headers?: Record<string, string>): Promise<number> {
  const url = `${platform.url}/workspaces/${encodeURIComponent(workspaceId)}/restart`
  return (await fetch(url, { method: 'POST', headers: headers ?? {}, body: JSON.stringify({ scope }) })).status
}

test('wedges go out, restart commands come in, and each broadcast names its transition', async ({ registry }) => {
  const notices: PlatformNotice[] = []
  const asked: string[] = []
  const onNotice = (notice: PlatformNotice): void => void notices.push(notice)
  await watchPlatform({ registry, url: platform.url, signal: end.signal, onNotice })
  link = linkToPlatform({ registry, url: platform.url, workspaceId, onRestart: scope => asked.push(scope) })
  const noticed = (count: number) => vi.waitFor(() => expect(notices).toHaveLength(count), 10_000)

  await noticed(1)
  registry.scope('mcp:files').mark('connection closed')
  await noticed(2)
  await vi.waitFor(async () => expect(await clickRestart('mcp:files')).toBe(202), 10_000)
  await vi.waitFor(() => expect(asked).toEqual(['mcp:files']), 10_000)
  registry.scope('mcp:files').clear()

  await vi.waitFor(() => expect(notices.at(-1)?.type).toBe('RESTART_CLEARED'), 10_000)
  expect(notices.filter(({ type }) => type !== 'RESTART_UNDELIVERED')).toMatchObject([
    { type: 'WORKSPACE_ONLINE', after: undefined },
    { type: 'WORKSPACE_DEGRADED', detail: '1 wedged, first: connection closed', after: { type: 'mark' } },
    { type: 'RESTART_SENT', detail: 'mcp:files', after: undefined },
    { type: 'WORKSPACE_ONLINE', after: { type: 'clear' } },
    { type: 'RESTART_CLEARED', detail: 'mcp:files' },
  ])
})

test("the platform's token is sent with heartbeats and when following commands", async ({ registry }) => {
  await platform.close()
  platform = await startPlatform({ token: 'secret' })
  const asked: string[] = []
  link = linkToPlatform({
    registry,
    url: platform.url,
    workspaceId,
    token: 'secret',
    onRestart: scope => asked.push(scope),
  })
  const headers = { authorization: 'Bearer secret' }
  await vi.waitFor(async () => expect(await clickRestart('mcp:files', headers)).toBe(202), 10_000)
  await vi.waitFor(() => expect(asked).toEqual(['mcp:files']), 10_000)
})

test('after it is closed, no wedge is sent and no command is carried out', async ({ registry }) => {
  const asked: string[] = []
  link = linkToPlatform({ registry, url: platform.url, workspaceId, onRestart: scope => asked.push(scope) })
  await vi.waitFor(async () => expect(await clickRestart('mcp:files')).toBe(202), 10_000)
  await link.close()
  registry.scope('mcp:files').mark('connection closed')
  await vi.waitFor(async () => expect(await clickRestart('mcp:search')).toBe(409), 10_000)
  const { workspaces } = (await (await fetch(`${platform.url}/workspaces`)).json()) as { workspaces: object[] }
  expect(workspaces).toMatchObject([{ wedged_count: 0 }])
  expect(asked).not.toContain('mcp:search')
})

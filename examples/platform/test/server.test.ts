import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { type Platform, type PlatformOptions, startPlatform } from '../src/server.ts'
import { healthy, wedged } from './bodies.ts'
import { openStream } from './sse.ts'

let platform: Platform

afterEach(() => platform?.close())

async function start(options: PlatformOptions = {}): Promise<void> {
  platform = await startPlatform(options)
}

function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(platform.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

const beat = (body: object, headers?: Record<string, string>) => post('/registry/heartbeat', body, headers)
const get = (path: string, headers: Record<string, string> = {}) => fetch(platform.url + path, { headers })

test('a wedge, its recovery and its silence are broadcast, with workspace, time and payload', async () => {
  await start({ offlineAfterMs: 100 })
  const events = await openStream(`${platform.url}/events`)
  expect((await events.next()).data).toMatchObject({ workspaces: [], events: [] })

  await beat(healthy())
  expect((await events.next('WORKSPACE_ONLINE')).data).toMatchObject({ workspace_id: 'ws', payload: {} })

  const body = wedged(['mcp:fs', 'no answer', 5])
  await beat(body)
  const { data } = await events.next('WORKSPACE_DEGRADED')
  const { runtime_state, sample_error, wedged_count, wedged_scopes } = body
  expect(data).toMatchObject({
    type: 'WORKSPACE_DEGRADED',
    workspace_id: 'ws',
    payload: { runtime_state, sample_error, wedged_count, wedged_scopes },
  })
  expect(data.time).toBeGreaterThan(Date.now() - 60_000)

  await beat(healthy())
  await events.next('WORKSPACE_ONLINE')
  await events.next('WORKSPACE_OFFLINE')
  expect((await events.next('workspace')).data).toMatchObject({ workspace_id: 'ws', status: 'offline' })
  await events.close()
})

test('an unknown workspace is registered by its first heartbeat, whatever it is called', async () => {
  await start()
  for (const workspace_id of ['a', '__proto__', '../<b>', '\u202e']) {
    expect((await beat(healthy({ workspace_id }))).status).toBe(200)
  }
  const { workspaces } = (await (await get('/workspaces')).json()) as { workspaces: object[] }
  expect(workspaces).toMatchObject([
    { workspace_id: 'a', status: 'online' },
    { workspace_id: '__proto__', status: 'online' },
    { workspace_id: '../<b>', status: 'online' },
    { workspace_id: '\u202e', status: 'online' },
  ])
})

test('a bad body is refused with what is wrong, and changes nothing', async () => {
  await start()
  const refused = async (response: Promise<Response>) => {
    const { status } = await response
    return [status, ((await (await response).json()) as { error: string }).error]
  }
  expect(await refused(beat({ ...healthy(), error_rate: 'high' }))).toEqual([
    400,
    'error_rate must be a number from 0 to 1, got "high"',
  ])
  expect(await refused(post('/registry/heartbeat', '{"workspace_id":'))).toEqual([
    400,
    expect.stringMatching(/^the body is no JSON: /),
  ])
  expect(await refused(post('/registry/heartbeat', ''))).toEqual([400, expect.stringMatching(/^the body is no JSON: /)])
  expect(await refused(post('/workspaces/ws/restart', {}))).toEqual([
    400,
    'scope must be a string of 1 to 256 characters, got nothing',
  ])
  expect(await refused(post('/workspaces/ws/restart', { scope: 'a' }))).toEqual([
    404,
    'no workspace "ws" was ever heard of',
  ])
  expect(await refused(post('/registry', {}))).toEqual([404, 'there is no POST /registry'])
  expect(await (await get('/workspaces')).json()).toEqual({ workspaces: [] })
})

test('a body over 64 KiB is refused, announced or in pieces', async () => {
  await start()
  const body = (bytes: number) => {
    const { length } = JSON.stringify(healthy())
    return healthy({ current_task: 'x'.repeat(bytes - length) })
  }
  expect((await beat(body(65_536))).status).toBe(200)
  const announced = await beat(body(65_537))
  expect([announced.status, await announced.json()]).toEqual([413, { error: 'the body is larger than 65536 bytes' }])
  const inPieces = await new Promise(resolve => {
    const pieces = request(`${platform.url}/registry/heartbeat`, { method: 'POST' }, answer =>
      resolve(answer.statusCode),
    )
    pieces.on('error', () => {}).write('x'.repeat(40_000))
    pieces.end('x'.repeat(40_000))
  })
  expect(inPieces).toBe(413)
})

test('a page that reconnects is sent what it missed, then everything as it is', async () => {
  await start()
  await beat(healthy())
  const first = await openStream(`${platform.url}/events`)
  const { id } = await first.next('snapshot')
  await first.close()
  await beat(wedged(['a', 'gone']))
  const again = await openStream(`${platform.url}/events`, { 'last-event-id': id! })
  expect(await again.next()).toMatchObject({ event: 'WORKSPACE_DEGRADED', data: { workspace_id: 'ws' } })
  expect(await again.next()).toMatchObject({ event: 'snapshot', data: { workspaces: [{ status: 'degraded' }] } })
  await again.close()
})

test('a platform that restarts knows nothing, and learns it from the next heartbeats', async () => {
  await start()
  await beat(wedged(['a', 'gone']))
  const events = await openStream(`${platform.url}/events`)
  const { id } = await events.next('snapshot')
  const { port } = new URL(platform.url)
  await platform.close()
  await expect(events.next('WORKSPACE_ONLINE')).rejects.toThrow()

  await start({ port: Number(port) })
  const again = await openStream(`${platform.url}/events`, { 'last-event-id': id! })
  expect(await again.next()).toMatchObject({ event: 'snapshot', data: { workspaces: [], events: [] } })
  await beat(wedged(['a', 'gone']))
  expect(await again.next()).toMatchObject({ event: 'WORKSPACE_DEGRADED', data: { payload: { sample_error: 'gone' } } })
  await again.close()
})

test('a restart reaches the host that listens, and the pages hear what became of it', async () => {
  await start()
  await beat(wedged(['a/b', 'gone']))
  const events = await openStream(`${platform.url}/events`)
  const refused = await post('/workspaces/ws/restart', { scope: 'a/b' })
  expect([refused.status, await refused.json()]).toEqual([
    409,
    expect.objectContaining({ outcome: 'no_host', error: 'no host listens on /workspaces/ws/commands' }),
  ])
  await events.next('RESTART_UNDELIVERED')

  const host = await openStream(`${platform.url}/workspaces/ws/commands`)
  expect(await host.next()).toMatchObject({ event: 'listening', data: { workspace_id: 'ws' } })
  const sent = await post('/workspaces/ws/restart', { scope: 'a/b' })
  expect(sent.status).toBe(202)
  const { command_id } = (await sent.json()) as { command_id: string }
  expect(await host.next()).toMatchObject({ event: 'restart', data: { command_id, workspace_id: 'ws', scope: 'a/b' } })
  expect((await events.next('RESTART_SENT')).data.payload).toEqual({ command_id, scope: 'a/b' })
  await beat(healthy())
  await events.next('RESTART_CLEARED')
  expect((await events.next('workspace')).data).toMatchObject({ status: 'online', restarts: [{ outcome: 'cleared' }] })

  await host.close()
  let nth = 0
  await expect.poll(async () => (await post('/workspaces/ws/restart', { scope: `other ${nth++}` })).status).toBe(409)
  await events.close()
})

test('a host listens for its own workspace only, and may do so before its first heartbeat', async () => {
  await start()
  const other = await openStream(`${platform.url}/workspaces/${encodeURIComponent('an/other')}/commands`)
  await beat(wedged(['a', 'gone']))
  expect((await post('/workspaces/ws/restart', { scope: 'a' })).status).toBe(409)
  await beat({ ...wedged(['a', 'gone']), workspace_id: 'an/other' })
  expect((await post('/workspaces/an%2Fother/restart', { scope: 'a' })).status).toBe(202)
  expect((await other.next('restart')).data.workspace_id).toBe('an/other')
  await other.close()
})

test('an idle stream shows that it is alive', async () => {
  await start({ pingMs: 20 })
  const streams = [
    await openStream(`${platform.url}/events`),
    await openStream(`${platform.url}/workspaces/a/commands`),
  ]
  for (const stream of streams) {
    expect((await stream.next('ping')).data).toMatchObject({ ping_ms: 20 })
    await stream.close()
  }
})

test('with a token, hosts show it as a header and a browser once in the address', async () => {
  await start({ token: 's3cret' })
  for (const path of [
    '/',
    '/?token=wrong',
    '/workspaces',
    '/workspaces?token=s3cret',
    '/events',
    '/workspaces/ws/commands',
  ]) {
    expect((await get(path)).status, path).toBe(401)
  }
  expect((await beat(healthy())).status).toBe(401)
  expect((await beat(healthy(), { authorization: 'Bearer wrong' })).status).toBe(401)
  expect((await beat(healthy(), { authorization: 'Bearer s3cret' })).status).toBe(200)

  const page = await get('/?token=s3cret')
  expect(page.status).toBe(200)
  const [cookie, ...attributes] = page.headers.get('set-cookie')!.split('; ')
  expect(attributes.sort()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Strict'])
  expect(cookie).not.toContain('s3cret')
  await platform.close()
  await start({ token: 's3cret' })
  for (const path of ['/', '/workspaces']) expect((await get(path, { cookie: cookie! })).status, path).toBe(200)
  expect((await get('/workspaces', { cookie: `${cookie}x` })).status).toBe(401)
})

test('a page of another site may post nothing', async () => {
  await start()
  expect((await beat(healthy(), { origin: 'https://evil.example' })).status).toBe(403)
  expect((await beat(healthy(), { origin: 'null' })).status).toBe(403)
  expect((await beat(healthy(), { origin: platform.url })).status).toBe(200)
})

test('the page is one document, under 30 kB, and its policy allows its own code alone', async () => {
  await start()
  const answer = await get('/')
  const html = await answer.text()
  expect(gzipSync(html).byteLength).toBeLessThan(30_000)
  expect(html).not.toMatch(/ (?:src|href)="(?!#|data:)/)
  const hash = (tag: string) => {
    const [, text] = new RegExp(`<${tag}[^>]*>([^]*?)</${tag}>`).exec(html)!
    return `'sha256-${createHash('sha256').update(text!).digest('base64')}'`
  }
  expect(answer.headers.get('content-security-policy')!.split('; ')).toEqual(
    expect.arrayContaining([
      "default-src 'none'",
      `script-src ${hash('script')}`,
      `style-src ${hash('style')}`,
      "connect-src 'self'",
      "require-trusted-types-for 'script'",
    ]),
  )
  expect(answer.headers.get('access-control-allow-origin')).toBeNull()
})

test('a bad option is refused before anything is opened', async () => {
  await expect(startPlatform({ token: ' ' })).rejects.toThrow('token must not be blank. Leave it out to ask for none.')
  await expect(startPlatform({ offlineAfterMs: Number.NaN })).rejects.toThrow(
    'offlineAfterMs must be a number of milliseconds from 1 to 2147483647, got NaN.',
  )
  await expect(startPlatform({ pingMs: 0 })).rejects.toThrow('pingMs must be')
  await start()
  await expect(startPlatform({ port: Number(new URL(platform.url).port) })).rejects.toThrow('EADDRINUSE')
})

test('close is idempotent, and ends every stream', async () => {
  await start()
  const events = await openStream(`${platform.url}/events`)
  await Promise.all([platform.close(), platform.close()])
  await expect(events.next('ping')).rejects.toThrow()
  await expect(get('/workspaces')).rejects.toThrow()
})

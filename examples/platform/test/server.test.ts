import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test, vi } from 'vitest'
import { startPlatform } from '../src/server.ts'
import { healthy, wedged } from './bodies.ts'
import { beat, get, platform, post, start } from './client.ts'
import { openStream } from './sse.ts'

test('a wedge, its recovery and silence are broadcast with workspace, time and payload', async () => {
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

test('a page that reconnects gets the events that it missed, then a snapshot', async () => {
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

test('a platform that restarts knows nothing, and learns everything from the next heartbeats', async () => {
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

test('a restart reaches the host that listens, and the pages get its outcome', async () => {
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

test('a host gets the commands of its own workspace only, also before its first heartbeat', async () => {
  await start()
  const other = await openStream(`${platform.url}/workspaces/${encodeURIComponent('an/other')}/commands`)
  await beat(wedged(['a', 'gone']))
  expect((await post('/workspaces/ws/restart', { scope: 'a' })).status).toBe(409)
  await beat({ ...wedged(['a', 'gone']), workspace_id: 'an/other' })
  expect((await post('/workspaces/an%2Fother/restart', { scope: 'a' })).status).toBe(202)
  expect((await other.next('restart')).data.workspace_id).toBe('an/other')
  await other.close()
})

test('a page that does not read is disconnected, without an entry in the log', async () => {
  const logged = vi.spyOn(console, 'error')
  await start()
  const { port } = new URL(platform.url)
  const socket = connect(Number(port), '127.0.0.1').on('error', () => {})
  const closed = once(socket, 'close')
  socket.pause().write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n')
  const scopes = Array.from({ length: 400 }, (_, nth) => `${'x'.repeat(120)} ${nth}`)
  for (let nth = 0; nth < 200; nth++) await beat({ ...healthy(), scopes: [`${nth}`, ...scopes] })
  socket.resume() // what the system has buffered is still read; then comes the end
  await closed
  expect(logged).not.toHaveBeenCalled()
  logged.mockRestore()
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

test('a bad option is refused before anything is opened', async () => {
  await expect(startPlatform({ token: ' ' })).rejects.toThrow('token must not be blank. Leave it out to need none.')
  await expect(startPlatform({ offlineAfterMs: Number.NaN })).rejects.toThrow(
    'offlineAfterMs must be a number of milliseconds from 1 to 2147483647, got NaN.',
  )
  await expect(startPlatform({ pingMs: 0 })).rejects.toThrow('pingMs must be')
  for (const host of ['', 'http://canvas', 'canvas:8787', 'a b']) {
    await expect(startPlatform({ host })).rejects.toThrow(
      `host must be a name such as "canvas.internal", without "http://" and port, got "${host}".`,
    )
  }
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

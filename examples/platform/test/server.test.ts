import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Platform, type PlatformOptions, startPlatform } from '../src/server.ts'
import type { WorkspaceView } from '../src/views.ts'
import { healthy, wedged } from './bodies.ts'
import { openStream } from './sse.ts'

interface Answer {
  readonly error: string
  readonly workspaces: readonly WorkspaceView[]
}

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

/** What was answered, with the status that is expected. */
async function json(response: Promise<Response>, status: number): Promise<Answer> {
  const answer = await response
  const text = await answer.text()
  expect(answer.status, text).toBe(status)
  return JSON.parse(text)
}

/** A request with a `Host` of its own, which `fetch` does not allow. */
function asHost(
  host: string,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const sent = request(platform.url + path, { method, headers: { ...headers, host } }, async answer =>
      resolve([answer.statusCode ?? 0, (await answer.toArray()).join('')]),
    )
    sent.on('error', reject).end(method === 'POST' ? '{"scope":"a"}' : undefined)
  })
}

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

test('an unknown workspace is registered by its first heartbeat, and any id that is accepted works in URLs', async () => {
  await start()
  const ids = new Set([
    'a',
    '__proto__',
    'constructor',
    '/',
    '%2F',
    '%',
    '../<b>',
    '...',
    '. ',
    'a b+c?d#e',
    '\u202e',
    '\n',
  ])
  for (const id of fc.sample(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 9 }), { numRuns: 50, seed: 1 })) {
    if (!/^\.\.?$/.test(id)) ids.add(id)
  }
  for (const workspace_id of ids) {
    expect(await json(beat({ ...wedged([workspace_id, 'gone']), workspace_id }), 200)).toEqual({ status: 'ok' })
    const path = `/workspaces/${encodeURIComponent(workspace_id)}`
    const host = await openStream(`${platform.url}${path}/commands`)
    expect((await host.next('listening')).data).toEqual({ workspace_id })
    await json(post(`${path}/restart`, { scope: workspace_id }), 202)
    expect((await host.next('restart')).data).toMatchObject({ workspace_id, scope: workspace_id })
    await host.close()
  }
  const { workspaces } = await json(get('/workspaces'), 200)
  expect(workspaces.map(view => view.workspace_id)).toEqual([...ids])
})

test.each(['.', '..', '', '\ud83d', 'x\udc00'])(
  'the id %j, which URLs cannot carry, is refused',
  async workspace_id => {
    await start()
    const { error } = await json(beat(healthy({ workspace_id })), 400)
    expect(error).toMatch(/^workspace_id must be a string of 1 to 256 characters, other than/)
  },
)

test('a bad field is left out and named; the beat counts, and so does its wedge', async () => {
  await start()
  const answer = await json(beat({ ...wedged(['mcp:fs', 'gone', 1.5]), error_rate: 'high', colour: 'green' }), 200)
  const dropped = [
    'wedged_scopes[0].since must be whole epoch milliseconds from 0 to the year 9999, got 1.5',
    'error_rate must be a number from 0 to 1, got "high"',
  ]
  expect(answer).toEqual({ status: 'ok', dropped, error: `accepted, but not in full: ${dropped.join('; ')}` })
  const { workspaces } = await json(get('/workspaces'), 200)
  expect(workspaces).toMatchObject([{ status: 'degraded', wedged_scopes: [{ scope: 'mcp:fs', reason: 'gone' }] }])
  expect(workspaces[0]?.wedged_scopes[0]?.since).toBeGreaterThan(Date.now() - 60_000)
  expect(workspaces[0]).not.toHaveProperty('colour')
})

test('a body that is nested 30,000 deep gets an answer in words', async () => {
  const logged = vi.spyOn(console, 'error')
  await start()
  const nested = '['.repeat(30_000) + ']'.repeat(30_000)
  const body = (field: string) => JSON.stringify(healthy({ [field]: 'here' })).replace('"here"', nested)
  expect(await json(post('/registry/heartbeat', nested), 400)).toEqual({
    error: 'the body must be a JSON object, got an array of 1',
  })
  expect((await json(post('/registry/heartbeat', body('workspace_id')), 400)).error).toContain('got an array of 1')
  expect((await json(post('/registry/heartbeat', body('sample_error')), 200)).error).toContain('got an array of 1')
  expect((await json(post('/workspaces/ws/restart', `{"scope":${nested}}`), 400)).error).toContain('got an array of 1')
  expect(logged).not.toHaveBeenCalled()
  logged.mockRestore()
})

test('numbers beyond every number are not kept', async () => {
  await start()
  await post('/registry/heartbeat', JSON.stringify(healthy()).replace('"uptime_seconds":60', '"uptime_seconds":1e999'))
  expect((await json(get('/workspaces'), 200)).workspaces).toMatchObject([{ uptime_seconds: 0 }])
})

test('when nothing more can be kept, heartbeats of new workspaces and further restarts are refused in words', async () => {
  await start({ maxWorkspaces: 1 })
  await json(beat(healthy()), 200)
  expect((await json(beat(healthy({ workspace_id: 'other' })), 507)).error).toMatch(/^no room: .* at most 1 workspaces/)
  const host = await openStream(`${platform.url}/workspaces/ws/commands`)
  for (let nth = 0; nth < 100; nth++) await json(post('/workspaces/ws/restart', { scope: `made up ${nth}` }), 202)
  expect((await json(post('/workspaces/ws/restart', { scope: 'one more' }), 429)).error).toMatch(
    /^100 restarts of this/,
  )
  await host.close()
})

test('a bad body is refused with what is wrong, and changes nothing', async () => {
  await start()
  const refused = async (response: Promise<Response>) => {
    const { status } = await response
    return [status, ((await (await response).json()) as { error: string }).error]
  }
  const notJson = [400, expect.stringMatching(/^the body is not JSON: /)]
  expect(await refused(post('/registry/heartbeat', '{"workspace_id":'))).toEqual(notJson)
  expect(await refused(post('/registry/heartbeat', ''))).toEqual(notJson)
  expect(await refused(post('/workspaces/ws/restart', {}))).toEqual([
    400,
    'scope must be a string of 1 to 256 characters, got nothing',
  ])
  expect(await refused(post('/workspaces/ws/restart', { scope: 'a' }))).toEqual([
    404,
    'no workspace "ws" has sent a heartbeat',
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

describe('a page whose name was pointed at this machine (DNS rebinding)', () => {
  test('may neither read nor post, on a platform without a token', async () => {
    await start()
    await beat(healthy())
    for (const name of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'xlocalhost']) {
      const error = `requests to ${name} are refused: start the platform with --host ${name}, or with a token`
      for (const path of ['/', '/workspaces', '/events']) {
        expect(await asHost(`${name}:8787`, path)).toEqual([403, JSON.stringify({ error })])
      }
      const origin = { origin: `http://${name}:8787` }
      expect(await asHost(`${name}:8787`, '/workspaces/ws/restart', origin, 'POST')).toEqual([
        403,
        JSON.stringify({ error }),
      ])
      expect((await asHost(`${name}:8787`, '/registry/heartbeat', origin, 'POST'))[0]).toBe(403)
    }
  })

  test('the platform answers to IP addresses, loopback names, and the names that it was given', async () => {
    await start({ host: ['canvas.internal', 'Canvas-2'] })
    for (const host of ['127.0.0.1', '[::1]:80', '192.168.1.9:8787', 'LOCALHOST:1', 'localhost.', 'a.localhost']) {
      expect((await asHost(host, '/workspaces'))[0], host).toBe(200)
    }
    for (const host of ['canvas.internal:8787', 'CANVAS.internal.', 'canvas-2']) {
      expect((await asHost(host, '/workspaces'))[0], host).toBe(200)
    }
    expect((await asHost('canvas-3', '/workspaces'))[0]).toBe(403)
  })

  test('with a token the name does not matter', async () => {
    await start({ token: 's3cret' })
    expect((await asHost('canvas.example', '/workspaces', { authorization: 'Bearer s3cret' }))[0]).toBe(200)
    expect((await asHost('canvas.example', '/workspaces'))[0]).toBe(401)
  })
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

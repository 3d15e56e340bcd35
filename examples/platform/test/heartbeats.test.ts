import { request } from 'node:http'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { healthy, wedged } from './bodies.ts'
import { beat, get, json, platform, post, start } from './client.ts'
import { openStream } from './sse.ts'

test('an unknown workspace is registered by its first heartbeat, and any id that is accepted works in URLs', async () => {
  await start()
  const ids = new Set([
    'a',
    '__proto__',
    'constructor',
    '/',
    '%2F',
    '%2e%2e',
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

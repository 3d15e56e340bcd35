import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { healthy } from './bodies.ts'
import { askAs, beat, get, platform, start } from './client.ts'

test('with a token, hosts send it as a header, and a browser shows it once in the address', async () => {
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

test('a page of another site cannot post anything', async () => {
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
        expect(await askAs(`${name}:8787`, path)).toEqual([403, JSON.stringify({ error })])
      }
      const headers = { origin: `http://${name}:8787` }
      expect(await askAs(`${name}:8787`, '/workspaces/ws/restart', { headers, method: 'POST' })).toEqual([
        403,
        JSON.stringify({ error }),
      ])
      expect((await askAs(`${name}:8787`, '/registry/heartbeat', { headers, method: 'POST' }))[0]).toBe(403)
    }
  })

  test('the platform answers to IP addresses, loopback names, and the names that it was given', async () => {
    await start({ host: ['canvas.internal', 'Canvas-2'] })
    for (const host of ['127.0.0.1', '[::1]:80', '192.168.1.9:8787', 'LOCALHOST:1', 'localhost.', 'a.localhost']) {
      expect((await askAs(host, '/workspaces'))[0], host).toBe(200)
    }
    for (const host of ['canvas.internal:8787', 'CANVAS.internal.', 'canvas-2']) {
      expect((await askAs(host, '/workspaces'))[0], host).toBe(200)
    }
    expect((await askAs('canvas-3', '/workspaces'))[0]).toBe(403)
  })

  test('with a token the name does not matter', async () => {
    await start({ token: 's3cret' })
    const headers = { authorization: 'Bearer s3cret' }
    expect((await askAs('canvas.example', '/workspaces', { headers }))[0]).toBe(200)
    expect((await askAs('canvas.example', '/workspaces'))[0]).toBe(401)
  })
})

test('the page is one document under 30 kB, and its policy allows only its own code', async () => {
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

import { expect, test, vi } from 'vitest'
import { setUp } from './platform.ts'

const soon = { intervalMs: 20 }
const json =
  (code: number, body: unknown) =>
  (response: { writeHead(code: number): { end(text: string): void } }): void =>
    response.writeHead(code).end(JSON.stringify(body))

type Lines = { fields: Record<string, unknown>; message: string }[]
const logged = (lines: Lines): string[] =>
  lines.map(({ fields, message }) => `${message}: ${(fields.err as Error)?.message}`)

test('the reason a platform gives for a refusal is in the warning, once', async () => {
  const { platform, start, lines } = await setUp()
  platform.answer = json(400, { error: 'workspace_id must be a string of 1 to 256 characters' })
  start(soon)
  await platform.has(4)
  expect(logged(lines)).toEqual([
    'heartbeat not delivered: it answered 400: workspace_id must be a string of 1 to 256 characters',
  ])
})

test.each([
  ['one line, without escapes', { error: 'bad\n\u001b[31mfield' }, 'it answered 400: bad field'],
  ['at most 200 characters', { error: 'x'.repeat(999) }, `it answered 400: ${'x'.repeat(199)}…`],
  ['without secrets', { error: 'token=abc is unknown' }, 'it answered 400: token=[redacted] is unknown'],
  ['nothing where it is blank', { error: '\u200b' }, 'it answered 400'],
  ['nothing where it is not a text', { error: { code: 7 } }, 'it answered 400'],
  ['nothing where there is none', ['error'], 'it answered 400'],
  ['nothing where it is too long to read', { error: 'x', rest: 'x'.repeat(100_000) }, 'it answered 400'],
])('what a platform says is logged as %s', async (_, answer, expected) => {
  const { platform, start, lines } = await setUp()
  platform.script = [json(400, answer)]
  start()
  await vi.waitFor(() => expect(logged(lines)).toEqual([`heartbeat not delivered: ${expected}`]), { timeout: 10_000 })
})

test('a refusal that is not JSON is logged by its status alone', async () => {
  const { platform, start, lines } = await setUp()
  platform.script = [response => void response.writeHead(502).end('<h1>Bad Gateway</h1>')]
  start()
  await vi.waitFor(() => expect(logged(lines)).toEqual(['heartbeat not delivered: it answered 502']), {
    timeout: 10_000,
  })
})

test('an accepted beat whose answer is not JSON has nothing left out', async () => {
  const { platform, start, lines } = await setUp()
  const inPart = json(200, { error: 'scopes are not kept' })
  const plain = (response: { writeHead(code: number): { end(text: string): void } }): void =>
    response.writeHead(200).end('OK')
  platform.script = [inPart, inPart, plain, inPart]
  start(soon)
  await platform.has(5)
  await vi.waitFor(() => expect(lines).toHaveLength(2), { timeout: 10_000 })
  expect(logged(lines)).toEqual(Array(2).fill('heartbeat accepted in part: it answered: scopes are not kept'))
})

test('a refusal whose body never ends is still logged as a refusal', async () => {
  const { platform, start, lines } = await setUp()
  platform.script = [response => void response.writeHead(503).write('{"error":"half')]
  start({ ...soon, timeoutMs: 200 })
  await platform.has(2)
  await vi.waitFor(() => expect(lines).toHaveLength(2), { timeout: 10_000 })
  expect(logged(lines)[0]).toBe('heartbeat not delivered: it answered 503')
})

test('an outage that turns into a refusal is logged as two troubles with one end', async () => {
  const { platform, start, lines } = await setUp()
  await platform.down()
  start(soon)
  await vi.waitFor(() => expect(lines).toHaveLength(1), { timeout: 10_000 })
  platform.script = [json(400, { error: 'no' }), json(400, { error: 'no' })]
  await platform.up()
  await platform.has(3)
  await vi.waitFor(() => expect(lines).toHaveLength(3), { timeout: 10_000 })
  expect(lines.map(({ level, message }) => `${level} ${message.replace(/\d+/, 'n')}`)).toEqual([
    'warn heartbeat not delivered',
    'warn heartbeat not delivered',
    'info heartbeat delivered again after n failed',
  ])
})

test('what a platform says it dropped is logged once, until it drops nothing', async () => {
  const { platform, start, lines } = await setUp()
  const drops = json(200, { error: 'wedged_scopes[0].scope must not be empty' })
  platform.script = [drops, drops, drops]
  start(soon)
  await platform.has(5)
  const line = 'heartbeat accepted in part: it answered: wedged_scopes[0].scope must not be empty'
  expect(logged(lines)).toEqual([line])
  platform.script = [drops]
  const sent = platform.beats.length
  await platform.has(sent + 2)
  await vi.waitFor(() => expect(logged(lines)).toEqual([line, line]), { timeout: 10_000 })
})

test('an answer that cannot be understood does not make the same trouble be logged again', async () => {
  const { platform, start, lines } = await setUp()
  const drops = json(200, { error: 'scopes[0]' })
  const endless = json(200, { error: 'scopes[0]', rest: 'x'.repeat(100_000) })
  platform.script = [drops, endless, drops, endless, drops]
  platform.answer = drops
  start({ intervalMs: 100 })
  await platform.has(7)
  expect(logged(lines)).toEqual(['heartbeat accepted in part: it answered: scopes[0]'])
})

test('a beat is delivered even if the body of the answer cannot be read', async () => {
  const { start, lines } = await setUp()
  const cancel = vi.fn(async () => {})
  const bodies = [
    undefined,
    null,
    { cancel },
    { cancel, getReader: () => JSON.parse('{') },
    { cancel, getReader: () => ({ cancel, read: () => Promise.reject(new Error('reset')) }) },
    { cancel, getReader: () => ({ cancel, read: () => new Promise<never>(() => {}) }) },
  ]
  const sent = bodies.length + 1
  const fetch = vi.fn(async () => ({ status: 200, body: bodies.shift() ?? null }))
  start({ ...soon, fetch })
  await vi.waitFor(() => expect(fetch.mock.calls.length).toBeGreaterThanOrEqual(sent), { timeout: 10_000 })
  expect(lines).toEqual([])
})

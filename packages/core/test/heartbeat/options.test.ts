import { type HeartbeatOptions, startHeartbeat } from '@runtime-wedge/core/heartbeat'
import { expect, test, vi } from 'vitest'

const fetch = vi.fn(async () => ({ status: 200 }))
const good = { url: 'http://platform.example', workspaceId: 'w1', fetch }
const startWith = (options: unknown) => () => startHeartbeat(options as HeartbeatOptions)
const duration = 'a number of milliseconds above 0 and up to 2147483647'

test.each<[object, string]>([
  [
    { url: undefined },
    'startHeartbeat({ url }) needs an absolute http or https URL without credentials, got undefined.',
  ],
  [{ url: '/registry' }, 'got "/registry". Pass the platform\'s base address'],
  [{ url: 'blob:https://platform/' }, 'got "blob:https://platform/".'],
  [{ url: 'ftp://platform' }, 'got "ftp://platform".'],
  [{ url: 'http://me:hunter2@platform' }, 'got "http://…@platform".'],
  [{ url: 'http://token@platform' }, 'credentials go into headers.'],
  [
    { workspaceId: '' },
    'startHeartbeat({ workspaceId }) needs a string of 1 to 256 characters that a URL can carry, got "".',
  ],
  [{ workspaceId: '..' }, 'startHeartbeat({ workspaceId }) needs'],
  [{ workspaceId: '\ud83d' }, 'startHeartbeat({ workspaceId }) needs'],
  [{ workspaceId: 7 }, 'got 7. Pass the id that the platform knows.'],
  [{ workspaceId: ['w1'] }, 'got an array.'],
  [{ workspaceId: 'x'.repeat(257) }, 'a string of 1 to 256 characters'],
  [{ intervalMs: 0 }, `startHeartbeat({ intervalMs }) needs ${duration}, got 0. Leave it out for 30,000.`],
  [{ intervalMs: '5' }, 'got "5".'],
  [{ intervalMs: Number.NaN }, 'got NaN.'],
  [
    { intervalMs: 2 ** 31 },
    `startHeartbeat({ intervalMs }) needs ${duration}, got 2147483648. Leave it out for 30,000.`,
  ],
  [{ timeoutMs: -1 }, 'got -1. Leave it out for 10,000.'],
  [{ timeoutMs: Infinity }, 'got Infinity.'],
  [{ timeoutMs: null }, 'got null.'],
  [
    { headers: 'authorization: x' },
    'startHeartbeat({ headers }) needs an object or a function, got "authorization: x". Pass header fields by name.',
  ],
  [
    { headers: { 'x y': '1' } },
    'startHeartbeat({ headers }) needs fields that are valid in HTTP, got "x y". Look at its name',
  ],
  [{ stats: {} }, "startHeartbeat({ stats }) needs a function, got an object. Return the host's figures from it"],
  [{ redact: /secret/ }, 'startHeartbeat({ redact }) needs a function'],
  [{ redact: null }, 'got null. Return the text without its secrets from it'],
  [{ fetch: 'fetch' }, 'startHeartbeat({ fetch }) needs a function, got "fetch". Leave it out for the global fetch.'],
  [
    { scopes: 'yes' },
    'startHeartbeat({ scopes }) needs a boolean, got "yes". Pass true to send the names of all scopes.',
  ],
  [{ registry: {} }, 'startHeartbeat({ registry }) needs a WedgeRegistry'],
  [
    { registry: null },
    'startHeartbeat({ registry }) needs a WedgeRegistry, got null. Leave it out for the default registry.',
  ],
  [
    { logger: { error() {} } },
    'startHeartbeat({ logger }) needs a logger with error, warn and info, got an object. Pass a pino logger',
  ],
  [{ signal: new AbortController() }, 'startHeartbeat({ signal }) needs an AbortSignal'],
  [{ signal: { aborted: false, removeEventListener() {} } }, 'got an object. Pass the signal of an AbortController'],
])('%j is refused where it is set up', (options, message) => {
  expect(startWith({ ...good, ...options })).toThrow(TypeError)
  expect(startWith({ ...good, ...options })).toThrow(message)
  expect(fetch).not.toHaveBeenCalled()
})

test('the value of a bad header, which may be a secret, stays out of the error', () => {
  const headers = { authorization: 'Bearer\nhunter2' }
  expect(startWith({ ...good, headers })).toThrow('got "authorization".')
  expect(startWith({ ...good, headers })).not.toThrow('hunter2')
})

test.each([undefined, null, 'http://platform'])('%s is refused as options', options => {
  expect(startWith(options)).toThrow('startHeartbeat(options) needs an object, got ')
  expect(startWith(options)).toThrow('. Pass { url, workspaceId }.')
})

test('an option that is undefined counts as left out', async () => {
  const nothing = { registry: undefined, intervalMs: undefined, timeoutMs: undefined, headers: undefined }
  const none = { stats: undefined, scopes: undefined, redact: undefined, logger: undefined, signal: undefined }
  await startHeartbeat({ ...good, ...nothing, ...none }).stop()
  expect(fetch).toHaveBeenCalledTimes(2)
})

test.each(['w', 'x'.repeat(256), '.github', 'v1.', 'a..b', '...', 'größer 日本語 👩‍👩‍👧'])(
  'a platform may know a workspace as %s',
  async workspaceId => {
    const fetch = vi.fn(async (_url: string, _init: { body: string }) => ({ status: 200 }))
    await startHeartbeat({ ...good, fetch, workspaceId }).stop()
    expect(JSON.parse(fetch.mock.calls[0]![1].body)).toMatchObject({ workspace_id: workspaceId })
  },
)

test.each(['', '/', '//'])('an address that ends in "%s" is where the beats go to', async end => {
  const fetch = vi.fn(async (_url: string) => ({ status: 200 }))
  await startHeartbeat({ ...good, fetch, url: `https://platform.example/base${end}` }).stop()
  expect(fetch.mock.calls[0]![0]).toBe('https://platform.example/base/registry/heartbeat')
})

test('the longest delay that a timer can wait is a good interval and a good time-out', async () => {
  const longest = 2 ** 31 - 1
  await startHeartbeat({ ...good, intervalMs: longest, timeoutMs: longest }).stop()
})

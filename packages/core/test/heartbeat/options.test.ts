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
  [{ url: 'ftp://platform' }, 'got "ftp://platform".'],
  [{ url: 'http://me:hunter2@platform' }, 'got "http://…@platform".'],
  [{ url: 'http://token@platform' }, 'credentials go into headers.'],
  [{ workspaceId: '' }, 'startHeartbeat({ workspaceId }) needs a string of 1 to 256 characters, got "".'],
  [{ workspaceId: 7 }, 'got 7. Pass the id that the platform knows.'],
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
  [{ headers: 'authorization: x' }, 'startHeartbeat({ headers }) needs an object or a function'],
  [{ headers: { 'x y': '1' } }, 'startHeartbeat({ headers }) needs fields that are valid in HTTP, got "x y".'],
  [{ stats: {} }, 'startHeartbeat({ stats }) needs a function, got an object.'],
  [{ redact: /secret/ }, 'startHeartbeat({ redact }) needs a function'],
  [{ redact: null }, 'got null.'],
  [{ fetch: 'fetch' }, 'startHeartbeat({ fetch }) needs a function'],
  [{ scopes: 'yes' }, 'startHeartbeat({ scopes }) needs a boolean, got "yes".'],
  [{ registry: {} }, 'startHeartbeat({ registry }) needs a WedgeRegistry'],
  [{ registry: null }, 'startHeartbeat({ registry }) needs a WedgeRegistry, got null.'],
  [{ logger: { error() {} } }, 'startHeartbeat({ logger }) needs a logger with error, warn and info'],
  [{ signal: new AbortController() }, 'startHeartbeat({ signal }) needs an AbortSignal'],
  [{ signal: { aborted: false, addEventListener() {} } }, 'got an object. Pass the signal of an AbortController'],
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
  expect(startWith(options)).toThrow('startHeartbeat({ url, workspaceId }) needs its options')
})

test('an option that is undefined counts as left out', async () => {
  const nothing = { registry: undefined, intervalMs: undefined, timeoutMs: undefined, headers: undefined }
  const none = { stats: undefined, scopes: undefined, redact: undefined, logger: undefined, signal: undefined }
  await startHeartbeat({ ...good, ...nothing, ...none }).stop()
  expect(fetch).toHaveBeenCalledTimes(2)
})

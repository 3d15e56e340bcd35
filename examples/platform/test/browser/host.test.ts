import { afterEach, expect, test } from 'vitest'
import { type HostProcess, startHostProcess } from '../../src/browser/host.ts'
import { hasStatus, openCanvas, restartPlatform, shows, useBrowser } from './browser.ts'

useBrowser()

let host: HostProcess | undefined

afterEach(() => host?.stop())

test('a real host with real executors is seen wedged, restarted by hand, recovered, and killed', async () => {
  const canvas = await openCanvas({ offlineAfterMs: 2_000 })
  const { card, row, page } = canvas
  host = startHostProcess({
    url: canvas.platform.url,
    workspaceId: 'host',
    faults: { 'mcp:search': [{ kind: 'silent', after: 3 }], 'mcp:files': [{ kind: 'dies', after: 40 }] },
  })
  await hasStatus(row('host', 'mcp:search'), 'online')

  // Wedged, and a second one.
  await shows(row('host', 'mcp:search'), 'Wedged for')
  await hasStatus(card('host'), 'degraded')
  const first = await row('host', 'mcp:search').locator('.reason').textContent()
  expect(first).toMatch(/timed out.*restart mcp:search/)
  await shows(row('host', 'mcp:files'), 'Wedged for')
  await shows(card('host'), '2 of 4 executors wedged')
  await hasStatus(row('host', 'mcp:calendar'), 'online')

  // A page that is opened later.
  const late = await page.context().newPage()
  await late.goto(canvas.platform.url)
  await shows(late.locator('#summary'), '2 executors are wedged')
  await late.close()

  // The primary is restarted and recovers; now the other's reason is shown.
  const restart = async (scope: string) => {
    await row('host', scope).getByRole('button').click()
    await page.getByRole('dialog').getByRole('button', { name: 'Restart' }).click()
  }
  await restart('mcp:search')
  await shows(row('host', 'mcp:search'), 'Recovered after its restart.')
  await shows(card('host'), '1 of 4 executors wedged')
  await shows(row('host', 'mcp:files').locator('.reason'), /connection closed.*restart mcp:files/)
  expect(await card('host').textContent()).not.toContain(first)

  // The platform restarts: heartbeats come again, and the host follows its commands again.
  await canvas.platform.close()
  await shows(page.locator('#link'), 'Disconnected')
  await hasStatus(card('host'), 'unknown')
  await restartPlatform(canvas.platform, { offlineAfterMs: 2_000 })
  await shows(row('host', 'mcp:files'), 'Wedged for')
  await hasStatus(row('host', 'mcp:search'), 'online')
  const outcome = row('host', 'mcp:files').locator('.outcome')
  do {
    await restart('mcp:files')
    await shows(outcome, /Recovered after its restart|no host is listening/)
  } while ((await outcome.textContent())?.includes('no host'))
  await hasStatus(card('host'), 'online')
  await shows(page.locator('#summary'), 'Everything works')

  // The host is killed: offline after the limit, and nothing stays green.
  host.kill()
  await hasStatus(card('host'), 'offline')
  expect(await page.locator('main .card [data-status=online]').count()).toBe(0)
})

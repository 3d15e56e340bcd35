import { expect, test } from 'vitest'
import { healthy, wedged } from '../bodies.ts'
import { hasStatus, openCanvas, shows, useBrowser } from './browser.ts'

useBrowser()

const scopes = { scopes: ['mcp:files', 'claude:1', 'legacy'], scope_count: 3 }

test('an executor that was never heard of is not shown as healthy', async () => {
  const canvas = await openCanvas({ offlineAfterMs: 2_000 })
  const { card, row, page } = canvas
  await canvas.beat({ ...healthy(), ...scopes, unproven_scopes: ['claude:1', 'legacy'] })
  await hasStatus(row('ws', 'mcp:files'), 'online')
  await hasStatus(row('ws', 'claude:1'), 'provisioning')
  await shows(row('ws', 'claude:1'), 'Not heard from yet')
  await shows(card('ws').locator('.headline'), /^2 of 3 executors not heard from yet$/)
  await shows(page.locator('#summary'), /No executor is wedged.*2 not heard from yet/s)
  expect(await page.locator('.row [data-part=state]', { hasText: 'Healthy' }).count()).toBe(1)

  await canvas.beat({ ...wedged(['legacy', 'gone']), ...scopes, unproven_scopes: ['claude:1', 'legacy'] })
  await shows(row('ws', 'legacy'), /Wedged for.*gone/s)
  await shows(card('ws').locator('.headline'), '1 of 3 executors wedged · 1 not heard from yet')

  await canvas.beat({ ...healthy(), ...scopes, unproven_scopes: [] })
  await shows(card('ws'), 'All 3 executors healthy')
  await shows(page.locator('#summary'), 'Everything works')

  await canvas.beat({ ...healthy(), ...scopes, unproven_scopes: ['claude:1'] })
  await hasStatus(card('ws'), 'offline')
  await shows(row('ws', 'claude:1'), 'Unknown, never heard from')
})

test('a host that says that it stops is offline at once, and the card says why', async () => {
  const canvas = await openCanvas()
  await canvas.beat({ ...healthy(), ...scopes })
  await canvas.beat({ ...healthy(), ...scopes, leaving: true })
  await hasStatus(canvas.card('ws'), 'offline')
  await shows(canvas.card('ws'), 'Stopped by its host')
  await shows(canvas.page.locator('#timeline li').first(), /ws is offline.*It was stopped by its host\./s)
  expect(await canvas.page.locator('main [data-status=online]').count()).toBe(0)
})

test('a workspace that the platform has forgotten leaves the page', async () => {
  const canvas = await openCanvas({ maxWorkspaces: 1 })
  await canvas.beat({ ...healthy({ workspace_id: 'old' }), leaving: true })
  await hasStatus(canvas.card('old'), 'offline')
  await canvas.beat(healthy({ workspace_id: 'new' }))
  await hasStatus(canvas.card('new'), 'online')
  expect(await canvas.card('old').count()).toBe(0)
})

test('a wedge whose scope has no usable name is shown all the same', async () => {
  const canvas = await openCanvas()
  await canvas.beat(wedged(['', 'gone']), { dropped: 1 })
  await shows(canvas.row('ws', '(unnamed)'), /Wedged for.*gone/s)
})

import { expect, test } from 'vitest'
import { healthy, wedged } from '../bodies.ts'
import { openStream } from '../sse.ts'
import { beat, type Canvas, hasStatus, openCanvas, restartPlatform, shows, useBrowser } from './browser.ts'

useBrowser()

const scopes = { scopes: ['default', 'mcp:files', 'claude:1', 'legacy'], scope_count: 4 }
const fine = { ...healthy(), ...scopes }
const wedge = (...wedges: Parameters<typeof wedged>) => ({ ...wedged(...wedges), ...scopes })

/** The text of everything that is green. */
const green = ({ page }: Canvas) => page.locator('main [data-status=online]').allInnerTexts()
const summary = ({ page }: Canvas) => page.locator('#summary')
const announced = ({ page }: Canvas) => page.locator('#announcer')

test('a wedge turns the card yellow with its reason, and recovery turns it green, on the page that is open', async () => {
  const canvas = await openCanvas()
  const { card, row, page } = canvas
  await shows(summary(canvas), 'Waiting for the first heartbeat')
  await canvas.beat(fine)
  await shows(summary(canvas), 'Everything works')
  await shows(card('ws'), 'All 3 executors healthy')
  const background = () => page.evaluate(`getComputedStyle(document.querySelector('.card')).backgroundColor`)
  const calm = await background()

  await canvas.beat(wedge(['mcp:files', 'no answer in 500 ms', Date.now() - 125_000]))
  await hasStatus(card('ws'), 'degraded')
  await shows(card('ws'), '1 of 3 executors wedged')
  await shows(row('ws', 'mcp:files'), /Wedged for 2 min \d+ s\s+no answer in 500 ms/)
  await hasStatus(row('ws', 'claude:1'), 'online')
  await shows(summary(canvas), /1 executor is wedged.*the longest for 2 min/s)
  await shows(announced(canvas), 'ws is degraded: 1 executor wedged, mcp:files: no answer in 500 ms')
  expect(await page.title()).toBe('(1) Canvas')
  expect(await background()).not.toBe(calm)

  await canvas.beat(wedge(['mcp:files', 'no answer in 500 ms'], ['legacy', 'init timeout']))
  await shows(card('ws'), '2 of 3 executors wedged')
  await shows(row('ws', 'legacy'), 'init timeout')
  const order = () => page.evaluate(`Array.from(document.querySelectorAll('.row'), row => row.dataset.scope)`)
  expect(await order()).toEqual(['mcp:files', 'legacy', 'claude:1'])

  await canvas.beat(wedge(['legacy', 'init timeout']))
  await shows(card('ws'), '1 of 3 executors wedged')
  await hasStatus(row('ws', 'mcp:files'), 'online')
  expect(await order()).toEqual(['legacy', 'mcp:files', 'claude:1'])

  await canvas.beat(fine)
  await hasStatus(card('ws'), 'online')
  await shows(announced(canvas), 'ws is online')
  expect(await card('ws').textContent()).not.toContain('init timeout')
  expect(await page.locator('#timeline li').allInnerTexts()).toEqual([
    expect.stringMatching(/^ws is online/),
    expect.stringMatching(/^ws is degraded: 1 executor wedged.*init timeout/s),
    expect.stringMatching(/^ws is degraded: 2 executors wedged.*legacy: init timeout/s),
    expect.stringMatching(/^ws is degraded: 1 executor wedged.*mcp:files: no answer/s),
    expect.stringMatching(/^ws is online/),
  ])
  expect(canvas.errors).toEqual([])
  expect(canvas.requests).toEqual(['/', '/events'])
})

test('a page that is opened later shows the same wedge, with durations by the platform’s clock', async () => {
  const canvas = await openCanvas({ path: false })
  await canvas.beat(wedge(['mcp:files', 'gone', Date.now() - 30_000]))
  await canvas.page.clock.install({ time: Date.now() + 86_400_000 })
  await canvas.page.goto(canvas.platform.url)
  await shows(canvas.row('ws', 'mcp:files'), /Wedged for 3\d s\s+gone/)
  await canvas.page.clock.runFor(20_000)
  await shows(canvas.row('ws', 'mcp:files'), /Wedged for 5\d s/)
  await shows(canvas.page.locator('#timeline'), 'ws is degraded')
})

test('the scope default, which every host has, is shown while it is wedged', async () => {
  const canvas = await openCanvas()
  const { card, row } = canvas
  await canvas.beat(wedge(['default', 'init timeout']))
  await shows(card('ws'), '1 of 4 executors wedged')
  await shows(row('ws', 'default'), 'init timeout')
  await canvas.beat(fine)
  await shows(card('ws'), 'All 3 executors healthy')
  expect(await row('ws', 'default').count()).toBe(0)
  await canvas.beat({ ...fine, workspace_id: 'one flag', scopes: ['default'], scope_count: 1 })
  await shows(row('one flag', 'default'), 'Healthy')
})

test('a high error rate without a wedge is shown with a sample error', async () => {
  const canvas = await openCanvas()
  await canvas.beat({ ...fine, error_rate: 0.62, sample_error: 'upstream: 503' })
  await hasStatus(canvas.card('ws'), 'degraded')
  await shows(canvas.card('ws'), /Error rate 62 %\s+upstream: 503/)
  expect(await canvas.card('ws').getByRole('button').count()).toBe(0)
})

test('a workspace that falls silent is offline, and nothing on its card stays green', async () => {
  const canvas = await openCanvas({ offlineAfterMs: 400 })
  await canvas.beat(wedge(['mcp:files', 'gone']))
  await hasStatus(canvas.card('ws'), 'offline')
  await shows(canvas.row('ws', 'mcp:files'), /Unknown, was wedged\s+gone/)
  await shows(canvas.row('ws', 'legacy'), 'Unknown, was healthy')
  await shows(summary(canvas), '1 workspace is offline')
  expect(await green(canvas)).toEqual([])
  await canvas.beat(fine)
  await hasStatus(canvas.card('ws'), 'online')
})

test('while the platform is away nothing is green; afterwards a card waits for its next heartbeat', async () => {
  const canvas = await openCanvas()
  await canvas.beat(fine)
  await canvas.beat({ ...fine, workspace_id: 'other' })
  await hasStatus(canvas.card('ws'), 'online')
  await canvas.platform.close()
  await shows(canvas.page.locator('#link'), 'Disconnected')
  await shows(summary(canvas), 'Disconnected from the platform')
  await shows(announced(canvas), 'Disconnected from the platform')
  await shows(canvas.card('ws'), /Unknown\s+Last known: online/)
  expect(await green(canvas)).toEqual([])
  expect(await canvas.page.title()).toBe('Canvas: disconnected')

  const again = await restartPlatform(canvas.platform)
  await shows(canvas.page.locator('#link'), 'Live')
  await hasStatus(canvas.card('ws'), 'provisioning')
  expect(await green(canvas)).toEqual([])
  await beat(again, wedge(['legacy', 'init timeout']))
  await hasStatus(canvas.card('ws'), 'degraded')
  await shows(canvas.row('ws', 'legacy'), 'init timeout')
  await hasStatus(canvas.card('other'), 'provisioning')
  await shows(canvas.page.locator('#timeline'), /ws is degraded.*ws is online/s)
})

test('a platform that hangs without closing the stream is noticed', async () => {
  const canvas = await openCanvas({ path: false, pingMs: 200 })
  await canvas.beat(fine)
  await canvas.page.clock.install()
  await canvas.page.goto(canvas.platform.url)
  await hasStatus(canvas.card('ws'), 'online')
  await canvas.page.route('**/events', () => {}) // the next stream is never answered
  await canvas.page.clock.fastForward(60_000)
  await shows(canvas.page.locator('#link'), 'Disconnected')
  expect(await green(canvas)).toEqual([])
})

test('Restart asks once, reaches the host and shows its outcome, by keyboard alone', async () => {
  const canvas = await openCanvas({ restartLimitMs: 1_000 })
  const { page, row } = canvas
  const host = await openStream(`${canvas.platform.url}/workspaces/ws/commands`)
  const since = Date.now()
  await canvas.beat(wedge(['mcp:files', 'gone', since]))
  await row('ws', 'mcp:files').getByRole('button', { name: 'Restart mcp:files' }).focus()
  await page.keyboard.press('Enter')
  await shows(page.getByRole('dialog'), /Restart mcp:files\?.*The host of ws/s)
  await page.keyboard.press('Escape')
  expect(await page.locator(':focus').textContent()).toContain('Restart')
  expect(canvas.requests).toEqual(['/', '/events'])

  await page.keyboard.press('Enter')
  await page.keyboard.press('Enter')
  expect((await host.next('restart')).data).toMatchObject({ workspace_id: 'ws', scope: 'mcp:files' })
  await shows(row('ws', 'mcp:files'), /Restart sent to the host.*Restarting…/s)
  await page.keyboard.press('Enter')
  expect(await page.getByRole('dialog').count()).toBe(0)
  await shows(row('ws', 'mcp:files'), /Still wedged after its restart.*Restart again/s)
  await shows(announced(canvas), 'mcp:files is still wedged after its restart, ws')

  await page.keyboard.press('Enter')
  await page.keyboard.press('Enter')
  await host.next('restart')
  await canvas.beat(fine)
  await hasStatus(canvas.card('ws'), 'online')
  await shows(row('ws', 'mcp:files'), 'Recovered after its restart.')
  await shows(announced(canvas), 'mcp:files recovered after its restart')
  expect(await page.locator(':focus').getAttribute('data-scope')).toBe('mcp:files')
  await host.close()
})

test('a restart that cannot reach a host says so', async () => {
  const canvas = await openCanvas()
  const { page, row } = canvas
  const restart = async () => {
    await row('ws', 'mcp:files').getByRole('button').click()
    await page.getByRole('dialog').getByRole('button', { name: 'Restart' }).click()
  }
  await canvas.beat(wedge(['mcp:files', 'gone']))
  await restart()
  await shows(row('ws', 'mcp:files'), 'Not restarted: no host is listening')
  await page.route('**/restart', route => route.abort())
  await restart()
  await shows(row('ws', 'mcp:files'), 'Not restarted: the platform cannot be reached')
})

test('the question whether to restart is withdrawn when the executor recovers', async () => {
  const canvas = await openCanvas()
  await canvas.beat(wedge(['mcp:files', 'gone']))
  await canvas.row('ws', 'mcp:files').getByRole('button').click()
  await canvas.beat(fine)
  await shows(canvas.page.getByRole('dialog'), 'It has recovered: there is nothing left to restart.')
  expect(await canvas.page.getByRole('dialog').getByRole('button', { name: 'Restart' }).isDisabled()).toBe(true)
})

test('workspaces that need the operator come first, and can be shown alone', async () => {
  const canvas = await openCanvas()
  const shown = () =>
    canvas.page.evaluate(`Array.from(document.querySelectorAll('.card'), card => card.dataset.workspace)`)
  for (const workspace_id of ['ws 10', 'ws 9', 'ws 1']) await canvas.beat({ ...fine, workspace_id })
  await expect.poll(shown).toEqual(['ws 1', 'ws 9', 'ws 10'])
  await canvas.beat({ ...wedge(['legacy', 'gone']), workspace_id: 'ws 9' })
  await expect.poll(shown).toEqual(['ws 9', 'ws 1', 'ws 10'])
  await canvas.page.getByRole('button', { name: 'Online 2' }).click()
  await expect.poll(shown).toEqual(['ws 1', 'ws 10'])
  await canvas.page.getByRole('button', { name: 'Offline 0' }).click()
  await shows(canvas.page.locator('#empty'), 'No workspace is offline.')
})

test('a card does not move while the operator has the focus in it', async () => {
  const canvas = await openCanvas()
  const first = () => canvas.page.locator('.card').first().getAttribute('data-workspace')
  await canvas.beat({ ...fine, workspace_id: 'a' })
  await canvas.beat({ ...wedge(['legacy', 'gone']), workspace_id: 'b' })
  await expect.poll(first).toBe('b')
  await canvas.row('b', 'legacy').getByRole('button').focus()
  await canvas.beat({ ...fine, workspace_id: 'b' })
  await hasStatus(canvas.card('b'), 'online')
  expect(await first()).toBe('b')
  await canvas.page.getByRole('button', { name: 'All 2' }).focus()
  await expect.poll(first, { timeout: 5_000 }).toBe('a')
})

test('with a token the page is opened once by an address, from which the token then disappears', async () => {
  const canvas = await openCanvas({ token: 's3cret', path: '/?token=s3cret' })
  expect(canvas.page.url()).toBe(`${canvas.platform.url}/`)
  await canvas.page.reload()
  await shows(canvas.page.locator('#link'), 'Live')
  await canvas.page.context().clearCookies()
  await canvas.page.reload()
  await canvas.page.getByLabel('token').fill('s3cret')
  await canvas.page.keyboard.press('Enter')
  await shows(canvas.page.locator('#link'), 'Live')
})

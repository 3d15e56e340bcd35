import { setTimeout as sleep } from 'node:timers/promises'
import axe from 'axe-core'
import { expect, test } from 'vitest'
import { healthy, wedged } from '../bodies.ts'
import { type Canvas, hasStatus, openCanvas, shows, useBrowser } from './browser.ts'

useBrowser()

/** Everything that axe finds on the page as it is now, however minor. */
async function violations({ page }: Canvas): Promise<unknown> {
  await page.evaluate(axe.source)
  return page.evaluate(`axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations
    .map(({ id, nodes }) => [id, nodes.map(({ html, failureSummary }) => html + failureSummary)]))`)
}

const scopes = { scopes: ['mcp:files', 'claude:1', 'legacy'], scope_count: 3 }

test.each(['light', 'dark'] as const)('axe finds no fault in any state of the page, %s', async colorScheme => {
  const canvas = await openCanvas({ colorScheme, offlineAfterMs: 1_000 })
  const beatAll = () =>
    Promise.all([
      canvas.beat({ ...healthy({ workspace_id: 'online', current_task: 'Write a summary' }), ...scopes }),
      canvas.beat({ ...healthy({ workspace_id: 'failing', error_rate: 0.7, sample_error: '503' }), ...scopes }),
      canvas.beat({ ...wedged(['mcp:files', 'no answer'], ['legacy', 'gone']), ...scopes }),
    ])
  await canvas.beat({ ...healthy({ workspace_id: 'gone' }), ...scopes })
  await beatAll()
  let ended = false
  const beating = (async () => {
    for (; !ended; await sleep(200)) await beatAll()
  })()
  try {
    await hasStatus(canvas.card('gone'), 'offline')
    await canvas.row('ws', 'legacy').getByRole('button').click()
    const dialog = canvas.page.getByRole('dialog')
    expect(await violations(canvas)).toEqual([])
    await dialog.getByRole('button', { name: 'Restart' }).click()
    await shows(canvas.row('ws', 'legacy'), 'no host is listening')
    expect(await violations(canvas)).toEqual([])
  } finally {
    ended = true
    await beating
  }
  await canvas.platform.close()
  await shows(canvas.page.locator('#link'), 'Disconnected')
  expect(await violations(canvas)).toEqual([])
})

const hostile = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>&amp;`
const turned = '\u202egnp.exe \x1b[31mred\x1b[0m\r\u0007\u2066'
const long = 'A'.repeat(200)

test('hostile names and reasons are shown as text everywhere', async () => {
  const canvas = await openCanvas({ width: 360, height: 740 })
  const { page } = canvas
  const scope = hostile + turned
  await canvas.beat({
    ...wedged([scope, hostile + turned + long], [long, `${hostile}\u05d0\u05d1`]),
    workspace_id: turned + hostile,
    current_task: hostile + long,
    scopes: [scope, long, hostile, '__proto__', '\u200f\u05d0'],
    scope_count: 5,
  })
  const seen = '\\u202egnp.exe \\x1b[31mred\\x1b[0m\\x0d\\x07\\u2066'
  const card = page.locator('.card')
  await shows(card, seen + hostile)
  await shows(card, hostile + seen + long)
  await shows(page.locator('#timeline'), seen + hostile)
  await shows(page.locator('#announcer'), seen + hostile)
  await page.getByRole('button', { name: 'Restart' }).first().click()
  await shows(page.getByRole('dialog'), hostile + seen)
  await page.getByRole('dialog').getByRole('button', { name: 'Restart' }).click()
  await shows(card, 'no host is listening')

  expect(await page.locator('main img, main script, main b').count()).toBe(0)
  expect(await page.title()).toBe('(1) Canvas')
  expect(canvas.errors.filter(error => !error.includes('409'))).toEqual([])
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
})

test('even markup that reached the page would not run', async () => {
  const { page, errors } = await openCanvas()
  await expect(page.evaluate(`document.body.innerHTML = '<img src=x onerror=alert(1)>'`)).rejects.toThrow('TrustedHTML')
  await page.evaluate(
    `document.body.append(Object.assign(document.createElement('img'), { src: 'https://evil.example/' }))`,
  )
  await expect.poll(() => errors.join()).toMatch(/violates the following Content Security Policy directive/)
})

test('with two hundred workspaces of ten executors, a change touches only its own card', async () => {
  const canvas = await openCanvas({ path: false })
  const { page } = canvas
  const names = Array.from({ length: 10 }, (_, index) => `mcp:${index}`)
  const body = (index: number) => ({ ...healthy({ workspace_id: `ws ${index}` }), scopes: names, scope_count: 10 })
  await Promise.all(Array.from({ length: 200 }, (_, index) => canvas.beat(body(index))))
  await page.goto(canvas.platform.url)
  await shows(page.locator('#summary'), '2000 executors in 200 workspaces')
  expect(await page.locator('.card').count()).toBe(200)
  expect(await page.locator('.row').count()).toBe(2_000)

  await page.evaluate(`{
    window.touched = new Set()
    new MutationObserver(changes => {
      for (const { target } of changes) {
        const card = (target.nodeType === 1 ? target : target.parentElement).closest('.card')
        if (card) window.touched.add(card.dataset.workspace)
      }
    }).observe(document.getElementById('grid'), { subtree: true, childList: true, characterData: true,
      attributes: true, attributeFilter: ['data-status', 'hidden', 'href'] })
  }`)
  await page.evaluate(`for (const node of document.querySelectorAll('[data-part=heard]')) delete node.dataset.since`)
  await canvas.beat({ ...body(150), ...wedged(['mcp:3', 'gone']), workspace_id: 'ws 150' })
  await hasStatus(canvas.card('ws 150'), 'degraded')
  expect(await page.locator('.card').first().getAttribute('data-workspace')).toBe('ws 150')
  expect(await page.evaluate('[...window.touched]')).toEqual(['ws 150'])

  await page.getByRole('button', { name: 'Degraded 1' }).click()
  await expect.poll(() => page.locator('.card').count()).toBe(1)
  expect(canvas.errors).toEqual([])
})

test('of two hundred executors in a workspace, the wedged ones and ten others are shown, the rest on demand', async () => {
  const canvas = await openCanvas()
  const names = Array.from({ length: 200 }, (_, index) => `mcp:${index}`)
  await canvas.beat({ ...wedged(['mcp:190', 'gone']), scopes: names, scope_count: 5_000, wedged_count: 1 })
  const rows = canvas.card('ws').locator('.row')
  await expect.poll(() => rows.count()).toBe(11)
  await shows(rows.first(), 'mcp:190')
  await shows(canvas.card('ws'), '1 of 5000 executors wedged')
  await canvas.page.getByRole('button', { name: 'Show 189 more healthy executors' }).click()
  await expect.poll(() => rows.count()).toBe(200)
  await canvas.page.getByRole('button', { name: 'Show fewer' }).click()
  await expect.poll(() => rows.count()).toBe(11)
})

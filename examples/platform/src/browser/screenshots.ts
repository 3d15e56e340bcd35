import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { startPlatform } from '../server.ts'
import { startHostProcess } from './host.ts'
import { launchBrowser } from './launch.ts'

const folder = fileURLToPath(new URL('../../../../docs/pictures/', import.meta.url))
const MAX_BYTES = 150_000
const faults = {
  'mcp:search': [{ kind: 'silent', after: 30 }],
  'mcp:files': [{ kind: 'dies', after: 40 }],
} as const

/** Makes the README's pictures: the real page with the real host and stub executors, degraded and recovered. */
async function main(): Promise<void> {
  await mkdir(folder, { recursive: true })
  const platform = await startPlatform()
  const host = startHostProcess({ url: platform.url, workspaceId: 'support-agents', faults })
  const browser = await launchBrowser()
  try {
    const page = await browser.newPage({
      viewport: { width: 1120, height: 580 },
      deviceScaleFactor: 1.25,
      locale: 'en-GB',
      timezoneId: 'UTC',
    })
    await page.goto(platform.url)
    await page.getByText('2 executors are wedged').waitFor()
    await page.getByText('the longest for 12 s').waitFor()
    await take(page, 'degraded')
    for (const scope of Object.keys(faults)) {
      await page.getByRole('button', { name: `Restart ${scope}` }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Restart' }).click()
      await page.locator(`[data-scope="${scope}"]`).getByText('Recovered after its restart.').waitFor()
    }
    await page.getByText('Everything works').waitFor()
    await take(page, 'recovered')
  } finally {
    await browser.close()
    await host.stop()
    await platform.close()
  }
}

async function take(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const picture = await page.screenshot({ animations: 'disabled' })
    if (picture.length > MAX_BYTES) throw new Error(`${name}-${colorScheme} has ${picture.length} bytes: too large`)
    await writeFile(`${folder}${name}-${colorScheme}.png`, picture)
  }
}

main().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})

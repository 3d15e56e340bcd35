import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest'
import { launchBrowser } from '../../src/browser/launch.ts'
import { type Platform, type PlatformOptions, startPlatform } from '../../src/server.ts'

/** A platform and its page in a real browser, as one test uses them. */
export interface Canvas {
  readonly platform: Platform
  readonly page: Page
  /** Sends a heartbeat, as a host does, of which so many fields are bad. */
  beat(body: object, expected?: { dropped: number }): Promise<void>
  card(workspace: string): Locator
  row(workspace: string, scope: string): Locator
  /** All errors of the page, and the path of every request that it made. */
  readonly errors: readonly string[]
  readonly requests: readonly string[]
}

interface CanvasOptions extends PlatformOptions {
  readonly colorScheme?: 'light' | 'dark'
  readonly width?: number
  readonly height?: number
  /** Where to open the page; `false` opens none yet. */
  readonly path?: string | false
}

let browser: Browser
const cleanups: (() => Promise<unknown>)[] = []

/** Registers the hooks. Call it once at the top of a test file, whose tests then share one browser. */
export function useBrowser(): void {
  vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 })
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  })
  afterAll(() => browser?.close())
}

export async function openCanvas(options: CanvasOptions = {}): Promise<Canvas> {
  const { colorScheme = 'light', width = 1280, height = 900, path = '/', ...platformOptions } = options
  const platform = await startPlatform(platformOptions)
  const context = await browser.newContext({ colorScheme, viewport: { width, height } })
  cleanups.push(
    () => platform.close(),
    () => context.close(),
  )
  const page = await context.newPage()
  const errors: string[] = []
  const requests: string[] = []
  page.on('pageerror', error => errors.push(error.message))
  page.on('console', message => message.type() === 'error' && errors.push(message.text()))
  page.on('request', request => requests.push(new URL(request.url()).pathname))
  if (path !== false) {
    await page.goto(platform.url + path)
    await page.locator('html[data-link=live]').waitFor()
  }
  const card = (workspace: string) => page.locator(`[data-workspace=${JSON.stringify(workspace)}]`)
  return {
    platform,
    page,
    errors,
    requests,
    card,
    row: (workspace, scope) => card(workspace).locator(`[data-scope=${JSON.stringify(scope)}]`),
    beat: (body, expected) => beat(platform, body, expected),
  }
}

/** Starts a platform at the address of the one that has ended. */
export async function restartPlatform(ended: Platform, options: PlatformOptions = {}): Promise<Platform> {
  const platform = await startPlatform({ ...options, port: Number(new URL(ended.url).port) })
  cleanups.push(() => platform.close())
  return platform
}

export async function beat(platform: Platform, body: object, { dropped } = { dropped: 0 }): Promise<void> {
  const answer = await fetch(`${platform.url}/registry/heartbeat`, {
    method: 'POST',
    // A connection that is kept would be found dead after the platform restarted.
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify(body),
  })
  const { status, dropped: named = [] } = (await answer.json()) as { status: string; dropped?: string[] }
  expect([status, named.length], named.join()).toEqual(['ok', dropped])
}

/** Waits until the element shows the text. */
export function shows(locator: Locator, text: string | RegExp): Promise<void> {
  return locator.filter({ hasText: text }).waitFor()
}

/** Waits until the element has the status, which also decides its colour and icon. */
export function hasStatus(locator: Locator, status: string): Promise<void> {
  return locator.and(locator.page().locator(`[data-status=${status}]`)).waitFor()
}

import { request } from 'node:http'
import { afterEach, expect } from 'vitest'
import { type Platform, type PlatformOptions, startPlatform } from '../src/server.ts'
import type { WorkspaceView } from '../src/views.ts'

interface Answer {
  readonly error: string
  readonly workspaces: readonly WorkspaceView[]
}

/** The platform of the current test. It is closed when the test ends. */
export let platform: Platform

afterEach(() => platform?.close())

export async function start(options: PlatformOptions = {}): Promise<void> {
  platform = await startPlatform(options)
}

export function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(platform.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

export function beat(body: object, headers?: Record<string, string>): Promise<Response> {
  return post('/registry/heartbeat', body, headers)
}

export function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(platform.url + path, { headers })
}

/** The body of an answer that has the expected status. */
export async function json(answer: Promise<Response>, status: number): Promise<Answer> {
  const text = await (await answer).text()
  expect((await answer).status, text).toBe(status)
  return JSON.parse(text) as Answer
}

interface NamedRequest {
  readonly headers?: Record<string, string>
  readonly method?: 'GET' | 'POST'
  /** Where the platform is. @default the platform of the current test */
  readonly url?: string
}

/** A request that calls the platform by this name, which `fetch` does not allow. @returns status and body */
export function askAs(
  host: string,
  path: string,
  { headers, method = 'GET', url = platform.url }: NamedRequest = {},
): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const sent = request(url + path, { method, headers: { ...headers, host } }, async answer =>
      resolve([answer.statusCode ?? 0, (await answer.toArray()).join('')]),
    )
    sent.on('error', reject).end(method === 'POST' ? '{"scope":"a"}' : undefined)
  })
}

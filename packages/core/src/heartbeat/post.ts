import { type HeartbeatAnswer, readError } from './answer.ts'
import { type HeartbeatHeaders, toHeaders } from './headers.ts'

/** The part of `fetch` that a heartbeat uses; the global one fits. */
export type HeartbeatFetch = (
  url: string,
  init: { method: 'POST'; headers: Headers; body: string; signal: AbortSignal; redirect: 'manual' },
) => Promise<{ readonly status: number; readonly body?: HeartbeatAnswer | null }>

export interface Post {
  readonly url: string
  readonly headers: HeartbeatHeaders | (() => HeartbeatHeaders | Promise<HeartbeatHeaders>)
  readonly fetch: HeartbeatFetch | undefined
  /** Makes the body; called when everything else is ready to be sent, and never once the signal has aborted. */
  readonly body: () => string
  readonly signal: AbortSignal
}

/** What a platform answered. */
export interface Answer {
  readonly isAccepted: boolean
  readonly status: number
  /** What it says is wrong or was left out; it is still being read. Never rejects. */
  readonly error: Promise<string | undefined>
}

/**
 * Sends one beat; a 401 asks `headers()` again, once. A redirect is not followed: it would drop the body, or carry the
 * headers elsewhere.
 *
 * @returns a promise that rejects if no answer comes
 */
export async function post({ url, headers, fetch, body, signal }: Post): Promise<Answer> {
  for (let asked = 1; ; asked++) {
    const ready = toHeaders(typeof headers === 'function' ? await headers() : headers)
    signal.throwIfAborted()
    const send: HeartbeatFetch = fetch ?? globalThis.fetch
    const response = await send(url, { method: 'POST', headers: ready, body: body(), signal, redirect: 'manual' })
    const { status } = response
    const error = readError(response.body, signal)
    if (status === 401 && typeof headers === 'function' && asked === 1) continue
    return { isAccepted: status >= 200 && status < 300, status, error }
  }
}

import { type HeartbeatHeaders, toHeaders } from './headers.ts'
import { hush } from './hush.ts'

/** The part of `fetch` that a heartbeat uses; the global one fits. */
export type HeartbeatFetch = (
  url: string,
  init: { method: 'POST'; headers: Headers; body: string; signal: AbortSignal; redirect: 'manual' },
) => Promise<{ readonly status: number; readonly body?: { cancel(): Promise<void> } | null }>

export interface Post {
  readonly url: string
  readonly headers: HeartbeatHeaders | (() => HeartbeatHeaders | Promise<HeartbeatHeaders>)
  readonly fetch: HeartbeatFetch | undefined
  /** Makes the body; called when all else is ready to go, and not any more once the signal has aborted. */
  readonly body: () => string
  readonly signal: AbortSignal
}

/**
 * Sends one beat; a 401 asks `headers()` again, once. A redirect is not followed: it would drop the body, or carry the
 * headers elsewhere.
 *
 * @returns a promise that rejects unless the platform answered 2xx
 */
export async function post({ url, headers, fetch, body, signal }: Post): Promise<void> {
  for (let asked = 1; ; asked++) {
    const ready = toHeaders(typeof headers === 'function' ? await headers() : headers)
    signal.throwIfAborted()
    const send: HeartbeatFetch = fetch ?? globalThis.fetch
    const response = await send(url, { method: 'POST', headers: ready, body: body(), signal, redirect: 'manual' })
    // Unread answers would hold their socket; one that has arrived whole gives it back for the next beat.
    hush(response.body?.cancel())
    const { status } = response
    if (status >= 200 && status < 300) return
    if (status !== 401 || typeof headers !== 'function' || asked === 2) throw new Error(`it answered ${status}`)
  }
}

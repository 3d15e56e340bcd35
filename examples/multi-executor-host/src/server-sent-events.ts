import { setTimeout as sleep } from 'node:timers/promises'

export interface ServerSentEvent {
  readonly event: string
  readonly data: string
}

export interface FollowOptions {
  /** Ends the stream. */
  readonly signal: AbortSignal
  readonly headers?: Record<string, string> | undefined
  /** A connection that is silent for so long is dead, in milliseconds. @default 30_000 */
  readonly silenceMs?: number | undefined
  /** The pause before it connects again, jittered, in milliseconds. @default 500 */
  readonly retryMs?: number | undefined
}

/**
 * Follows a stream of server-sent events. When the stream ends, fails or falls silent, it connects again and names the last
 * event that it has seen. Never throws; ends when the signal aborts.
 */
export async function* serverSentEvents(url: string | URL, options: FollowOptions): AsyncGenerator<ServerSentEvent> {
  const { signal, headers, silenceMs = 30_000, retryMs = 500 } = options
  let lastId = ''
  while (!signal.aborted) {
    const connection = new AbortController()
    const drop = (): void => connection.abort()
    const silence = setTimeout(drop, silenceMs)
    signal.addEventListener('abort', drop)
    try {
      const resume = lastId === '' ? undefined : { 'last-event-id': lastId }
      const response = await fetch(url, {
        headers: { accept: 'text/event-stream', ...headers, ...resume },
        signal: connection.signal,
      })
      if (!response.ok || response.body === null) throw new Error(`${url} answers with ${response.status}`)
      const parse = createParser()
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        silence.refresh()
        for (const { id, ...event } of parse(chunk)) {
          lastId = id
          yield event
        }
      }
    } catch {
      // Whatever it was, the answer is the same: connect again.
    } finally {
      clearTimeout(silence)
      signal.removeEventListener('abort', drop)
    }
    await sleep(retryMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {})
  }
}

/** @returns a function that takes the stream piece by piece and returns the events that each piece completes */
export function createParser(): (chunk: string) => (ServerSentEvent & { readonly id: string })[] {
  let rest = ''
  let event = ''
  let data: string[] = []
  let id = ''
  return chunk => {
    const events: (ServerSentEvent & { readonly id: string })[] = []
    // A CR at the end may be half of a CR LF.
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) events.push({ event: event || 'message', data: data.join('\n'), id })
        event = ''
        data = []
        continue
      }
      const [, field, value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? []
      if (field === 'event') event = value
      else if (field === 'data') data.push(value)
      else if (field === 'id') id = value
    }
    return events
  }
}

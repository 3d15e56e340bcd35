import type { PlatformEvent } from '../src/store.ts'
import type { Snapshot } from '../src/views.ts'

interface Message {
  readonly id: string | undefined
  readonly event: string
  /** The fields that tests read. Which of them there are depends on the event. */
  readonly data: PlatformEvent & Snapshot
}

export interface Stream {
  /** The next event with one of these names, or of any name; others are skipped. Rejects if the stream ends first. */
  next(...names: string[]): Promise<Message>
  close(): Promise<void>
}

/** Opens a stream of server-sent events; resolves when the server answers. */
export async function openStream(url: string, headers: Record<string, string> = {}): Promise<Stream> {
  const response = await fetch(url, { headers })
  if (!response.ok || !response.body) throw new Error(`${response.status} ${await response.text()}`)
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return {
    async next(...names) {
      for (;;) {
        const end = text.indexOf('\n\n')
        if (end < 0) {
          const { value, done } = await reader.read()
          if (done) throw new Error('the stream has ended')
          text += value
          continue
        }
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(text.slice(0, end))?.[1]
        const message = { id: field('id'), event: field('event') ?? '', data: JSON.parse(field('data') ?? 'null') }
        text = text.slice(end + 2)
        if (names.length === 0 ? message.event !== '' : names.includes(message.event)) return message
      }
    },
    close: () => reader.cancel(),
  }
}

export interface ServerEvent {
  readonly event: string
  readonly data: unknown
  /** Given only to events that a client may name in `Last-Event-ID` to continue after. */
  readonly id?: string
}

/** How far a client may lag behind, in bytes, before it is cut off: it reconnects, and begins with a fresh snapshot. */
const MAX_LAG_BYTES = 1_048_576
const RETRY_MS = 500

/** Server-sent events to any number of clients. A client that stops reading is cut off, never buffered for without end. */
export class EventStream {
  /** Each client, with the topic that it listens to. */
  readonly #clients = new Map<ReadableStreamDefaultController<Uint8Array>, string>()
  readonly #encoder = new TextEncoder()

  /** Answers with a stream that begins with `opening` and goes on with every later event of the topic. */
  subscribe(topic: string, opening: readonly ServerEvent[]): Response {
    const first = this.#encoder.encode(`retry: ${RETRY_MS}\n\n${opening.map(frame).join('')}`)
    let client: ReadableStreamDefaultController<Uint8Array>
    const body = new ReadableStream<Uint8Array>(
      {
        start: controller => {
          client = controller
          client.enqueue(first)
          this.#clients.set(client, topic)
        },
        cancel: () => {
          this.#clients.delete(client)
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: first.byteLength + MAX_LAG_BYTES }),
    )
    return new Response(body, {
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' },
    })
  }

  /** Sends to every client of the topic; without one, to every client. @returns whether anyone was there to hear it */
  send(event: ServerEvent, topic?: string): boolean {
    if (this.#clients.size === 0) return false
    const chunk = this.#encoder.encode(frame(event))
    let heard = false
    for (const [client, listensTo] of this.#clients) {
      if (topic !== undefined && listensTo !== topic) continue
      if ((client.desiredSize ?? 0) > 0) {
        client.enqueue(chunk)
        heard = true
      } else {
        this.#clients.delete(client)
        client.error(new Error('this client reads too slowly'))
      }
    }
    return heard
  }

  /** Ends every client's stream. */
  close(): void {
    for (const client of this.#clients.keys()) client.close()
    this.#clients.clear()
  }
}

/** One event in the text/event-stream format. JSON holds no raw line break, so the data is one line. */
function frame({ event, data, id }: ServerEvent): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

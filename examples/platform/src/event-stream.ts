export interface ServerEvent {
  readonly event: string
  readonly data: unknown
  /** Only for events after which a client may continue, by naming them in `Last-Event-ID`. */
  readonly id?: string
}

/** A client that lags further behind is cut off. It reconnects, and begins with a fresh snapshot. */
const MAX_LAG_BYTES = 1_048_576
const RETRY_MS = 500

interface Client {
  readonly topic: string
  readonly hangUp: () => void
}

/** Server-sent events to any number of clients. A client that stops reading is cut off, so that buffers stay bounded. */
export class EventStream {
  readonly #clients = new Map<ReadableStreamDefaultController<Uint8Array>, Client>()
  readonly #encoder = new TextEncoder()

  /**
   * Answers with a stream of `opening`, followed by every later event of the topic.
   *
   * @param hangUp closes the client's connection; called if it reads too slowly
   */
  subscribe(topic: string, opening: readonly ServerEvent[], hangUp: () => void): Response {
    const first = this.#encoder.encode(`retry: ${RETRY_MS}\n\n${opening.map(frame).join('')}`)
    let client: ReadableStreamDefaultController<Uint8Array>
    const body = new ReadableStream<Uint8Array>(
      {
        start: controller => {
          client = controller
          client.enqueue(first)
          this.#clients.set(client, { topic, hangUp })
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

  /** Sends to every client of the topic, or to every client without one. @returns whether there was a client to send to */
  send(event: ServerEvent, topic?: string): boolean {
    if (this.#clients.size === 0) return false
    const chunk = this.#encoder.encode(frame(event))
    let heard = false
    for (const [client, { topic: own, hangUp }] of this.#clients) {
      if (topic !== undefined && own !== topic) continue
      if ((client.desiredSize ?? 0) > 0) {
        client.enqueue(chunk)
        heard = true
      } else {
        this.#clients.delete(client)
        hangUp()
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

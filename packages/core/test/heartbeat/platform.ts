import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type WedgeLogger, WedgeRegistry } from '@runtime-wedge/core'
import { type HeartbeatOptions, startHeartbeat } from '@runtime-wedge/core/heartbeat'
import { onTestFinished, vi } from 'vitest'

export interface Beat {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly bytes: number
  readonly body: Record<string, unknown>
}

type Answer = (response: ServerResponse, beat: Beat) => void

export const accept: Answer = response => void response.writeHead(200).end('{"ok":true}')
export const status =
  (code: number): Answer =>
  response =>
    void response.writeHead(code).end()

/** A real HTTP server in the platform's place: it records what arrives and answers by script. */
export class Platform {
  readonly beats: Beat[] = []
  /** How many requests were open at the same time, at most. */
  overlap = 0
  /** Answers of the next requests, one each; `answer` afterwards. */
  script: Answer[] = []
  answer: Answer = accept
  readonly sockets = new Set<Socket>()
  #open = 0
  #server: Server | undefined
  #port = 0

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get last(): Record<string, unknown> | undefined {
    return this.beats.at(-1)?.body
  }

  async up(): Promise<void> {
    const server = createServer(async (request, response) => {
      this.overlap = Math.max(this.overlap, ++this.#open)
      response.on('close', () => this.#open--)
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const text = Buffer.concat(chunks)
      const beat = { path: request.url!, headers: request.headers, bytes: text.length, body: JSON.parse(String(text)) }
      this.beats.push(beat)
      const answer = this.script.shift() ?? this.answer
      answer(response, beat)
    })
    server.on('connection', socket => {
      this.sockets.add(socket)
      socket.on('close', () => this.sockets.delete(socket))
    })
    server.listen(this.#port, '127.0.0.1')
    await once(server, 'listening')
    this.#server = server
    this.#port = (server.address() as AddressInfo).port
  }

  async down(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    server?.close()
    server?.closeAllConnections()
    if (server) await once(server, 'close')
  }

  /** Waits until so many beats have arrived in all. */
  async has(count: number): Promise<void> {
    await vi.waitFor(
      () => {
        if (this.beats.length < count) throw new Error(`${this.beats.length} of ${count} beats arrived`)
      },
      { timeout: 10_000, interval: 2 },
    )
  }
}

export interface Line {
  readonly level: 'error' | 'warn' | 'info'
  readonly fields: Record<string, unknown>
  readonly message: string
}

export function recordingLogger(): WedgeLogger & { lines: Line[] } {
  const lines: Line[] = []
  const write = (level: Line['level']) => (fields: object, message: string) =>
    void lines.push({ level, fields: fields as Line['fields'], message })
  return { lines, error: write('error'), warn: write('warn'), info: write('info') }
}

/** A platform, a registry of one's own, and a way to start heartbeats that end with the test. */
export async function setUp() {
  const platform = new Platform()
  await platform.up()
  const logger = recordingLogger()
  const registry = new WedgeRegistry({ logger: { error() {}, warn() {}, info() {} } })
  const start = (options?: Partial<HeartbeatOptions>) => {
    const heartbeat = startHeartbeat({
      url: platform.url,
      workspaceId: 'w1',
      registry,
      logger,
      intervalMs: 3_600_000,
      timeoutMs: 5_000,
      ...options,
    })
    onTestFinished(async () => {
      platform.answer = accept
      await heartbeat.stop()
      await platform.down()
    })
    return heartbeat
  }
  return { platform, registry, logger, lines: logger.lines, start }
}

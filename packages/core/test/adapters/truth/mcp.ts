import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import type { WedgeState } from '@runtime-wedge/core'
import { guardMcpClient } from '@runtime-wedge/core/adapters/mcp'
import { DEADLINE_MS, type Executor, failure, isLost, type Kind, PATIENCE_MS, sleep, until } from './executor.ts'

const SERVER = fileURLToPath(new URL('../peers/mcp-truth.mjs', import.meta.url))

export class McpExecutor implements Executor {
  readonly #state: WedgeState
  #client = new Client({ name: 'host', version: '1' })
  /** What the server has sent on the present connection. */
  #received: object[] = []
  #isConnected = false

  constructor(state: WedgeState) {
    this.#state = state
  }

  async play(phase: string, kind: Kind): Promise<void> {
    if (phase === 'connect') return this.#connect(kind)
    await this.#stand()
    if (phase === 'idle') return this.#idle(kind)
    const streams = phase === 'stream'
    return this.#request(kind, streams)
  }

  async recover(): Promise<void> {
    await this.#stand()
    await this.#call('answer', PATIENCE_MS)
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  async #stand(): Promise<void> {
    if (!this.#isConnected) await this.#connect('answer')
  }

  async #connect(kind: Kind): Promise<void> {
    await this.close()
    const client = new Client({ name: 'host', version: '1' })
    guardMcpClient(client, this.#state, {
      connectDeadlineMs: isLost(kind) ? DEADLINE_MS : PATIENCE_MS,
      requestDeadlineMs: DEADLINE_MS,
    })
    const start = kind === 'close' || kind === 'abort' ? 'silence' : kind
    const transport = new StdioClientTransport({ command: process.execPath, args: [SERVER, start], stderr: 'pipe' })
    const received: object[] = []
    transport.onmessage = message => received.push(message)
    this.#client = client
    this.#received = received
    const caller = new AbortController()
    const connecting = client.connect(transport, { signal: caller.signal })
    if (kind === 'answer') {
      await connecting
      this.#isConnected = true
      client.onclose = () => {
        this.#isConnected = false
      }
      return
    }
    const failed = failure(connecting)
    if (start !== kind) {
      await Promise.race([failed, once(transport.stderr as Readable, 'data')])
      if (kind === 'close') await client.close()
      else caller.abort()
    }
    await failed
  }

  /** @param onprogress makes the server send progress before what it does */
  #call(kind: string, timeout: number, caller?: AbortController, onprogress?: () => void): Promise<unknown> {
    return this.#client.callTool({ name: kind, arguments: {} }, undefined, {
      timeout,
      resetTimeoutOnProgress: true,
      ...(caller && { signal: caller.signal }),
      ...(onprogress && { onprogress }),
    })
  }

  async #request(kind: Kind, streams: boolean): Promise<void> {
    const isEnded = kind === 'close' || kind === 'abort'
    const caller = new AbortController()
    let progressed = (): void => {}
    const speaks = new Promise<void>(resolve => {
      progressed = resolve
    })
    const before = this.#received.length
    const calling = this.#call(
      isEnded ? 'silence' : kind,
      isLost(kind) ? DEADLINE_MS : PATIENCE_MS,
      caller,
      streams ? progressed : undefined,
    )
    if (kind === 'answer') {
      await calling
      return
    }
    const failed = failure(calling)
    if (streams) await Promise.race([speaks, failed])
    if (kind === 'close') await this.#client.close()
    if (kind === 'abort') caller.abort()
    await failed
    const isAnswer = (message: object): boolean => 'id' in message
    if (kind === 'late answer') await until(() => this.#received.slice(before).some(isAnswer))
    if (kind === 'death') await until(() => !this.#isConnected)
  }

  /** No request is in flight. */
  async #idle(kind: Kind): Promise<void> {
    const client = this.#client
    const before = this.#received.length
    const caller = new AbortController()
    let failed = false
    client.onerror = () => {
      failed = true
    }
    switch (kind) {
      case 'silence':
        return sleep(2 * DEADLINE_MS)
      case 'close':
        return client.close()
      case 'abort':
        await this.#call('answer', PATIENCE_MS, caller)
        return caller.abort()
      case 'late answer': {
        // To a request that its caller has given up.
        const given = failure(this.#call('late answer', PATIENCE_MS, caller))
        caller.abort()
        await given
        await until(() => this.#received.length > before)
        return
      }
      default:
        await client.notification({ method: 'notifications/act', params: { kind } } as never)
        if (kind === 'answer') await until(() => this.#received.length > before)
        if (kind === 'error') await until(() => failed)
        if (kind === 'death') await until(() => !this.#isConnected)
    }
  }
}

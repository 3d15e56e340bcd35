import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Every later query of the same client fails too; only a restart helps. */
export class SomeFatalSdkError extends Error {
  override name = 'SomeFatalSdkError'
}

export interface HermesOptions {
  /** How long the agent may take to answer `initialize`, in milliseconds. @default 60_000 */
  readonly initTimeoutMs?: number | undefined
  /** The stub falls silent after so many prompts. @default undefined, never */
  readonly silentAfter?: number | undefined
}

interface Reply {
  readonly id: number
  readonly result?: string
  readonly error?: string
}

interface Pending {
  resolve(result: string): void
  reject(error: Error): void
}

const stub = fileURLToPath(new URL('../stubs/hermes-agent.mjs', import.meta.url))

/** A client of a command-line agent, like many agent SDKs: one child process, lines of JSON, `initialize` before each prompt. */
export class Hermes {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #initTimeoutMs: number
  readonly #pending = new Map<number, Pending>()
  #lastId = 0
  #gone: Error | undefined

  constructor({ initTimeoutMs = 60_000, silentAfter }: HermesOptions = {}) {
    this.#initTimeoutMs = initTimeoutMs
    const args = silentAfter === undefined ? [] : [String(silentAfter)]
    // A process group of its own, so that `close` reaches whatever the agent has started.
    this.#child = spawn(process.execPath, [stub, ...args], { detached: true })
    this.#child.on('error', error => this.#end(new SomeFatalSdkError(error.message)))
    this.#child.on('exit', (code, signal) => this.#end(new SomeFatalSdkError(`agent exited with ${signal ?? code}`)))
    this.#child.stdin.on('error', () => {}) // `exit` reports it
    this.#child.stderr.resume() // unread, it would fill up and stop the agent
    createInterface(this.#child.stdout).on('line', line => this.#settle(JSON.parse(line) as Reply))
  }

  /** @throws SomeFatalSdkError if the agent does not answer `initialize` in time, or is gone; Error if it refuses the prompt */
  async query(prompt: string): Promise<string> {
    const timeout = new SomeFatalSdkError('Control request timeout: initialize')
    await this.#call('initialize', '', { afterMs: this.#initTimeoutMs, error: timeout })
    return await this.#call('prompt', prompt)
  }

  /** Kills the agent and everything that it has started. Idempotent. */
  close(): void {
    const { pid } = this.#child
    if (pid === undefined || this.#gone !== undefined) return
    this.#end(new Error('client closed')) // not a fatal error: the host wants it
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // It was already gone.
    }
  }

  #call(method: string, params: string, timeout?: { afterMs: number; error: Error }): Promise<string> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone)
    const id = ++this.#lastId
    return new Promise<string>((resolve, reject) => {
      const timer = timeout && setTimeout(() => this.#take(id)?.reject(timeout.error), timeout.afterMs)
      this.#pending.set(id, {
        resolve: result => {
          clearTimeout(timer)
          resolve(result)
        },
        reject: error => {
          clearTimeout(timer)
          reject(error)
        },
      })
      this.#child.stdin.write(`${JSON.stringify({ id, method, params })}\n`)
    })
  }

  #settle({ id, result = '', error }: Reply): void {
    const pending = this.#take(id)
    if (error === undefined) pending?.resolve(result)
    else pending?.reject(new Error(error))
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    return pending
  }

  #end(why: Error): void {
    this.#gone ??= why
    for (const id of [...this.#pending.keys()]) this.#take(id)?.reject(this.#gone)
  }
}

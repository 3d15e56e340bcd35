import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A client of an agent, as its SDK provides it. */
export interface Agent {
  start(signal?: AbortSignal): Promise<string>
  ask(prompt: string, signal?: AbortSignal): Promise<string>
  /** Calls the listener when the agent has ended, also after `stop`. */
  onExit(listener: (error: Error) => void): void
  stop(): void
}

interface Reply {
  readonly id: number
  readonly text?: string
  readonly error?: { readonly code: string; readonly message: string }
}

interface Pending {
  resolve(text: string): void
  reject(error: Error): void
}

/** Exchanges lines of JSON with a child process. Like many SDKs, it waits for an answer forever. */
export class CommandLineAgent implements Agent {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #pending = new Map<number, Pending>()
  #lastId = 0
  #gone: Error | undefined

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args)
    this.#child.stdin.on('error', () => {}) // `exit` reports it
    this.#child.stderr.resume() // unread, it would fill up and stop the agent
    createInterface(this.#child.stdout).on('line', line => this.#settle(JSON.parse(line) as Reply))
    this.onExit(error => {
      this.#gone = error
      for (const { reject } of this.#pending.values()) reject(error)
    })
  }

  start(signal?: AbortSignal): Promise<string> {
    return this.#call({}, signal)
  }

  ask(prompt: string, signal?: AbortSignal): Promise<string> {
    return this.#call({ prompt }, signal)
  }

  onExit(listener: (error: Error) => void): void {
    this.#child.on('error', listener) // it could not be started
    this.#child.on('exit', (code, signal) => listener(new Error(`agent exited with ${signal ?? code}`)))
  }

  stop(): void {
    this.#child.kill('SIGKILL')
  }

  #call(request: object, signal: AbortSignal | undefined): Promise<string> {
    if (this.#gone) return Promise.reject(this.#gone)
    const id = ++this.#lastId
    this.#child.stdin.write(`${JSON.stringify({ id, ...request })}\n`)
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      signal?.addEventListener('abort', () => this.#take(id)?.reject(signal.reason))
    })
  }

  #settle({ id, text = '', error }: Reply): void {
    const pending = this.#take(id)
    if (error) pending?.reject(Object.assign(new Error(error.message), { code: error.code }))
    else pending?.resolve(text)
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    return pending
  }
}

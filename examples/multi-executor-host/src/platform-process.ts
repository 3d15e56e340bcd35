import { fork } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../platform/dist/main.js', import.meta.url))

export interface PlatformProcess {
  /** The base address, without a slash at the end. */
  readonly url: string
  /** Ends the process; resolves when it is gone. Idempotent; never rejects. */
  stop(): Promise<void>
}

/** Starts the platform in a process that ends with this one. @throws Error if it ends before it listens */
export async function startPlatformProcess(port: number): Promise<PlatformProcess> {
  const child = fork(main, ['--port', String(port)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    detached: true, // Ctrl-C in the terminal ends only the host, which ends the platform after its last heartbeat
    env: { ...process.env, PLATFORM_TOKEN: '' }, // it listens on this machine alone, and needs no token
    execArgv: [],
  })
  const gone = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`the platform ended with ${code} before it listened`)))
    createInterface(child.stdout!).on('line', line => {
      const address = /^platform listening on (\S+)$/.exec(line)?.[1]
      if (address !== undefined) resolve(address)
    })
  })
  return {
    url,
    stop: () => {
      child.kill('SIGKILL') // nothing is lost: the next heartbeats rebuild what it knows
      return gone
    },
  }
}

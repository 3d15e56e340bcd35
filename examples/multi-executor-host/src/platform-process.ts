import { fork } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../platform/dist/main.js', import.meta.url))

export interface PlatformProcess {
  /** Without a slash at its end. */
  readonly url: string
  /** Resolves when the process is gone. Idempotent; never rejects. */
  stop(): Promise<void>
}

/** Starts the platform in a process of its own, which ends with this one. @throws Error when it ends instead of listening */
export async function startPlatformProcess(port: number): Promise<PlatformProcess> {
  const child = fork(main, ['--port', String(port)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    detached: true, // a Ctrl-C in the terminal is for the host, which ends it after its last heartbeat
    env: { ...process.env, PLATFORM_TOKEN: '' }, // on this machine alone, it asks for none
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
      child.kill('SIGKILL') // it keeps nothing that could be lost: heartbeats rebuild it
      return gone
    },
  }
}

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../stubs/host.mjs', import.meta.url))

export interface HostProcessOptions {
  /** The platform's base address. */
  readonly url: string
  readonly workspaceId: string
  /** For each scope how its processes fail, one after the other. Later ones do not fail. */
  readonly faults: Readonly<Record<string, readonly { kind: 'silent' | 'dies'; after: number }[]>>
}

export interface HostProcess {
  /** Ends the host as a crash does. */
  kill(): void
  /** Ends the host and its executors. Idempotent. */
  stop(): Promise<void>
}

/** Starts the real host, with stub executors, in a process of its own. It ends when this process ends. */
export function startHostProcess({ url, workspaceId, faults }: HostProcessOptions): HostProcess {
  const child: ChildProcess = fork(program, [url, workspaceId, JSON.stringify(faults)], {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const gone = once(child, 'exit')
  return {
    kill: () => child.kill('SIGKILL'),
    stop: async () => {
      if (child.connected) child.disconnect()
      await gone
    },
  }
}

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../stubs/host.mjs', import.meta.url))

export interface HostProcessOptions {
  /** The platform's base address. */
  readonly url: string
  readonly workspaceId: string
  /** By scope, how its processes fail, one after the other; after these they stay well. */
  readonly faults: Readonly<Record<string, readonly { kind: 'silent' | 'dies'; after: number }[]>>
}

export interface HostProcess {
  /** As a crash does. */
  kill(): void
  /** Ends it and its executors. Idempotent. */
  stop(): Promise<void>
}

/** Starts the real host with its stub executors in a process of its own, which ends with this one. */
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

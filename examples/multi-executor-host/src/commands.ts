import { serverSentEvents } from './server-sent-events.ts'

export interface CommandOptions {
  /** The platform's base address. */
  readonly url: string
  readonly workspaceId: string
  readonly headers?: Record<string, string> | undefined
  readonly signal: AbortSignal
  readonly onRestart: (scope: string) => void
}

/** Carries out the commands of the platform's operator until the signal aborts. Never rejects. */
export async function followCommands({ url, workspaceId, headers, signal, onRestart }: CommandOptions): Promise<void> {
  const commands = `${url}/workspaces/${encodeURIComponent(workspaceId)}/commands`
  for await (const { event, data } of serverSentEvents(commands, { signal, headers })) {
    const scope = event === 'restart' ? scopeOf(data) : undefined
    if (scope !== undefined) onRestart(scope)
  }
}

function scopeOf(data: string): string | undefined {
  try {
    const { scope } = JSON.parse(data) as { scope?: unknown }
    return typeof scope === 'string' ? scope : undefined
  } catch {
    return undefined // not a command that this host knows
  }
}

import type { WedgeVerdict } from '../../guard/index.ts'
import type { Client } from './sdk.ts'

/** The code of a request that had no answer in time: from the SDK itself, or from a live server. */
const REQUEST_TIMEOUT = -32001
const NOT_FOUND = 404

/** A field of whatever this is. May throw: its getters are foreign code. */
export const field = (value: unknown, name: string): unknown =>
  (value as Record<string, unknown> | null | undefined)?.[name]

/**
 * The verdict on a failed request; `undefined` leaves it to the guard.
 *
 * @param isOverTheWire whether the `data` of an error came from the server
 */
export function requestVerdict(
  error: unknown,
  client: Pick<Client, 'transport'>,
  isOverTheWire: (data: unknown) => boolean,
): WedgeVerdict | undefined {
  const code = field(error, 'code')
  const data = field(error, 'data')
  // Only the SDK's own timer says how long it waited; a server that is a client itself passes its own time-outs on.
  if (code === REQUEST_TIMEOUT && field(data, 'timeout') !== undefined && !isOverTheWire(data)) return 'suspect'
  if (!client.transport) return 'wedge'
  const isLostSession = code === NOT_FOUND && field(error, 'name') !== 'McpError' && client.transport.sessionId
  return isLostSession ? 'wedge' : undefined
}

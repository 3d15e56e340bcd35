import { inputError } from '../foreign/input-error.ts'

/** Header fields by name, or as pairs (a `Headers` or a `Map`). */
export type HeartbeatHeaders = Readonly<Record<string, string>> | Iterable<readonly [string, string]>

/** @throws TypeError that names the bad header and never quotes its value, which may be a secret */
export function toHeaders(given: HeartbeatHeaders): Headers {
  const headers = new Headers({ 'content-type': 'application/json' })
  for (const [name, value] of Symbol.iterator in given ? given : Object.entries(given)) {
    try {
      headers.set(name, value)
    } catch {
      const wayOut = 'Look at its name and its value, which is not shown: it may be a credential.'
      throw inputError('startHeartbeat({ headers })', 'fields that are valid in HTTP', name, wayOut)
    }
  }
  return headers
}

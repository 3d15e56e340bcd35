import type { WedgeVerdict } from '../guard/index.ts'
import type { ClaudeMessage } from './claude-session.ts'

/** These look at an error's `errorClass` (from 0.3 on, undocumented) and at its message, each a line of its own. */
const ABORTED = /^[\w ]*aborted/m
const REFUSED = /^(error_result|Claude Code returned an error)/m
const GONE =
  /^(process_|executable_|spawn_|Claude Code (process [et]|exec|native)|Native |Failed to|Cannot write|Query closed|ProcessTransport)/m

/** What an error of the SDK says, given what its process had come to; `undefined` is left to the guard. */
export function verdictOn(
  error: unknown,
  mustStay: boolean,
  isHeard: boolean,
  isAnswered: boolean,
): WedgeVerdict | undefined {
  const { errorClass, message, startupFailureReason }: Partial<Record<string, unknown>> = Object(error)
  const lines = `${errorClass}\n${message}`
  const isRefused = REFUSED.test(lines)
  if (!isRefused && !GONE.test(lines)) return ABORTED.test(lines) ? 'ignore' : undefined
  if (mustStay || startupFailureReason || !(isRefused || isHeard)) return 'wedge'
  return isRefused || isAnswered ? 'alive' : 'suspect'
}

/** Success by content: a result that a model had a part in. A local slash command needs none. */
export function isProof(message: unknown): boolean {
  const { type, subtype, is_error, num_turns, result }: ClaudeMessage = Object(message)
  return type === 'result' && subtype === 'success' && !is_error && (num_turns !== 0 || result !== '')
}

/**
 * Looks at the code of the API's error; without one, as in older versions, at the text of the result: no request can
 * succeed before an operator has seen to the account. Any other `is_error` is the answer of a live peer.
 */
export const ACCOUNT: RegExp = /auth\w*_|account_|verif|billing_|credential|credit b|api key|\/login/i

import type { WedgeVerdict } from '../../guard/index.ts'
import type { ClaudeMessage } from './message.ts'

/** What has come from the process so far: nothing, messages, or the result of its last turn. */
export type Heard = 'nothing' | 'messages' | 'result'

/** The `errorClass` (from 0.3 on, undocumented) of errors that mean that the process is gone, or never started. */
const GONE_CLASSES: ReadonlySet<unknown> = new Set([
  'process_exited_nonzero',
  'process_killed_by_signal',
  'process_error',
  'executable_not_found',
  'executable_launch_failed',
  'spawn_failed',
])

/** The beginnings of their messages, for versions without a class. */
const GONE_MESSAGES: readonly RegExp[] = [
  /^Claude Code process exited with code\b/,
  /^Claude Code process terminated by signal\b/,
  /^Claude Code executable (not found )?at\b/,
  /^Claude Code native binary (not found )?at\b/,
  /^Native CLI binary for\b/,
  /^Failed to spawn Claude Code process\b/,
  /^Failed to write to process stdin\b/,
  /^Cannot write to (terminated )?process\b/,
  /^Query closed before\b/,
  /^ProcessTransport (is not ready for writing|output stream not available)\b/,
]

const ABORTED_CLASS = 'aborted'
/** "Operation aborted", "Claude Code process aborted by user", "This operation was aborted". */
const ABORTED_MESSAGE = /^[\w ]*\baborted\b/

const REFUSED_CLASS = 'error_result'
const REFUSED_MESSAGE = /^Claude Code returned an error result\b/

/**
 * The verdict on an error of the SDK; `undefined` leaves it to the guard.
 *
 * @param mustStay whether the process had to stay: its prompts are open, or it is still starting
 */
export function verdictOn(error: unknown, mustStay: boolean, heard: Heard): WedgeVerdict | undefined {
  const { errorClass, message, startupFailureReason }: Partial<Record<string, unknown>> = Object(error)
  const text = String(message)
  const isRefused = errorClass === REFUSED_CLASS || REFUSED_MESSAGE.test(text)
  const isGone = GONE_CLASSES.has(errorClass) || GONE_MESSAGES.some(beginning => beginning.test(text))
  if (!isRefused && !isGone) return errorClass === ABORTED_CLASS || ABORTED_MESSAGE.test(text) ? 'ignore' : undefined
  if (mustStay || startupFailureReason) return 'wedge'
  if (isRefused || heard === 'result') return 'alive'
  return heard === 'nothing' ? 'wedge' : 'suspect'
}

/** Success by content: a result that a model had a part in. A local slash command needs none. */
export function isProof(message: unknown): boolean {
  const { type, subtype, is_error, num_turns, result }: ClaudeMessage = Object(message)
  return type === 'result' && subtype === 'success' && !is_error && (num_turns !== 0 || result !== '')
}

/** The codes of the API's errors after which no request can succeed before an operator has seen to the account. */
const ACCOUNT_CODES: ReadonlySet<unknown> = new Set([
  'authentication_failed',
  'oauth_org_not_allowed',
  'account_on_hold',
  'verification_required',
  'billing_error',
  'cloud_credential_error',
])

/** How versions of Claude Code without codes say the same. */
const ACCOUNT_PHRASES: readonly RegExp[] = [
  /^API Error: 401\b/,
  /^API Error: \d+ .*"type":\s*"authentication_error"/,
  /^API Error: \d+ .*"type":\s*"billing_error"/,
  /^Invalid API key\b/,
  /[·.] Please run \/login\b/,
  /^Credit balance is too low\b/,
]

/**
 * Whether a result that `is_error` is a failure of the account; any other is the answer of a live peer.
 *
 * @param code of the API's error; the text counts only if there is none
 */
export function isAccountFailure(code: unknown, text: string): boolean {
  return code == null ? ACCOUNT_PHRASES.some(phrase => phrase.test(text)) : ACCOUNT_CODES.has(code)
}

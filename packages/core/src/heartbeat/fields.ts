import { NO_REASON } from '../foreign/reason.ts'
import type { WedgeReader } from '../types.ts'
import { type Clean, cleaner, type Redact } from './clean.ts'

/** The fields that a wedge adds to a heartbeat's body: none when healthy, both when wedged. */
export interface RuntimeStateFields {
  /** Present only when wedged. */
  readonly runtime_state?: 'wedged'
  /** The reason as one line; present only when wedged. */
  readonly sample_error?: string
}

/** Options of `runtimeStateFields`. */
export interface RuntimeStateFieldsOptions {
  /**
   * Takes secrets out of the reason, in place of the default. If it throws, the reason is withheld.
   *
   * @default redactSecrets
   */
  readonly redact?: Redact | undefined
}

/** How many characters of a reason leave the process. */
export const REASON_CAP = 200

/** A wedge without a visible word would look like a healthy one. */
export const reasonLine = (clean: Clean, reason: string): string => clean(reason, REASON_CAP) || NO_REASON

export const wedgeFields = (reason: string, clean: Clean): Required<RuntimeStateFields> => ({
  runtime_state: 'wedged',
  sample_error: reasonLine(clean, reason),
})

/**
 * Gives what a heartbeat's body says about the runtime: exactly `{}` when healthy, otherwise `runtime_state` and, as
 * `sample_error`, the reason as one line of at most 200 characters, without control characters, ANSI escapes or secrets.
 * Layer it over a body of your own. Never throws.
 *
 * @param reader a registry, for the whole process, or the state of one scope
 * @param options another `redact`
 * @returns the fields to layer over a body
 * @example
 * ```ts
 * import { defaultRegistry } from '@runtime-wedge/core'
 * import { runtimeStateFields } from '@runtime-wedge/core/heartbeat'
 *
 * const body = { workspace_id: 'w1', sample_error: '', ...runtimeStateFields(defaultRegistry()) }
 * console.log(JSON.stringify(body)) // → {"workspace_id":"w1","sample_error":""}
 * ```
 */
export function runtimeStateFields(reader: WedgeReader, options?: RuntimeStateFieldsOptions): RuntimeStateFields {
  return reader.isWedged() ? wedgeFields(reader.reason(), cleaner(options?.redact)) : {}
}

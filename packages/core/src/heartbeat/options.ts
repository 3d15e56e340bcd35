import { assertSignal } from '../foreign/abort-signal.ts'
import { assertFunction, inputError } from '../foreign/input-error.ts'
import { MAX_TIMER_MS } from '../foreign/max-timer.ts'
import type { Unsubscribe, WedgeChange, WedgeLogger, WedgeReader, WedgeScopeChange, WedgeSnapshot } from '../types.ts'
import type { Redact } from './clean.ts'
import { type HeartbeatHeaders, toHeaders } from './headers.ts'
import type { HeartbeatFetch } from './post.ts'
import type { HeartbeatStats } from './stats.ts'

/** The part of a `WedgeState` that a heartbeat reads. */
export interface HeartbeatState extends WedgeReader {
  /** The key of the scope. */
  readonly scope: string
  /** Whether a success was ever seen; `undefined` in older copies of the package. */
  readonly proven?: boolean | undefined
}

/** The part of a `WedgeRegistry` that a heartbeat reads; one of any copy or version of the package fits. */
export interface HeartbeatRegistry extends Iterable<HeartbeatState> {
  /** Gets the heartbeat's log lines, unless the heartbeat has a logger of its own. */
  readonly logger: WedgeLogger
  /** How many scopes there are. */
  readonly size: number
  /** The registry now, as frozen plain JSON. */
  snapshot(): WedgeSnapshot
  /** Calls `listener` after each transition of a scope. */
  on(event: 'change', listener: (event: WedgeChange) => void): Unsubscribe
  /** Calls `listener` when a scope was added, proven or released. */
  on(event: 'scopes', listener: (event: WedgeScopeChange) => void): Unsubscribe
}

/** Options of `startHeartbeat`. */
export interface HeartbeatOptions {
  /** The platform's base address; beats go to `<url>/registry/heartbeat`. */
  readonly url: string | URL
  /** Which host this is: 1 to 256 characters, sent as they are. */
  readonly workspaceId: string
  /**
   * Whose wedges are reported.
   *
   * @default the process's default registry
   */
  readonly registry?: HeartbeatRegistry | undefined
  /**
   * Milliseconds from one beat to the next while nothing changes.
   *
   * @default 30_000
   */
  readonly intervalMs?: number | undefined
  /**
   * Milliseconds that one send may take, `headers()` included. They measure the platform: a pause of this process does not
   * count.
   *
   * @default 10_000
   */
  readonly timeoutMs?: number | undefined
  /**
   * Header fields of each beat; a function is called for each beat, and once more after a 401.
   *
   * @default only the content type
   */
  readonly headers?: HeartbeatHeaders | (() => HeartbeatHeaders | Promise<HeartbeatHeaders>) | undefined
  /**
   * Gives the host's figures for each beat. If it throws, the beat is sent without them.
   *
   * @default every number is 0, and every text ""
   */
  readonly stats?: (() => HeartbeatStats) | undefined
  /**
   * Also sends the names of all scopes, which of them are unproven, and an id of this heartbeat; and sends at once when
   * a scope is added, proven or released.
   *
   * @default false
   */
  readonly scopes?: boolean | undefined
  /**
   * Takes secrets out of each text except the workspace id, in place of the default. If it throws, the text is withheld.
   *
   * @default redactSecrets
   */
  readonly redact?: Redact | undefined
  /**
   * Sends one request.
   *
   * @default the global `fetch`, looked up for each beat
   */
  readonly fetch?: HeartbeatFetch | undefined
  /**
   * Gets one line when a trouble begins, and one when an outage ends.
   *
   * @default the registry's logger, looked up for each line
   */
  readonly logger?: WedgeLogger | undefined
  /**
   * Stops the heartbeat when it aborts, as `stop()` does.
   *
   * @default none
   */
  readonly signal?: AbortSignal | undefined
}

const isObject = (value: unknown): value is object => Object(value) === value
const has = (value: unknown, ...methods: PropertyKey[]): boolean =>
  methods.every(name => typeof (value as Record<PropertyKey, unknown> | null)?.[name] === 'function')

const named = (option: string): string => `startHeartbeat({ ${option} })`

/** @throws TypeError for a bad `url`. @returns where the beats go */
export function endpoint(given: string | URL): string {
  try {
    const url = new URL(given)
    if (/^https?:\/\/[^@/]+\//.test(url.href)) {
      url.pathname = `${url.pathname.replace(/\/+$/, '')}/registry/heartbeat`
      return url.href
    }
  } catch {
    // Not a URL.
  }
  const wayOut = "Pass the platform's base address; credentials go into headers."
  throw inputError(named('url'), 'an absolute http or https URL without credentials', given, wayOut)
}

/** Platforms name a workspace in a path, where `.` and `..` mean something else, and half a surrogate pair is invalid. */
function isWorkspaceId(id: unknown): boolean {
  return typeof id === 'string' && id !== '' && id.length <= 256 && !/^\.{1,2}$|\p{Cs}/u.test(id)
}

/** @throws TypeError for the first invalid option; `url` is left to {@link endpoint} */
export function checkOptions(options: HeartbeatOptions): void {
  if (!isObject(options)) {
    throw inputError('startHeartbeat(options)', 'an object', options, 'Pass { url, workspaceId }.')
  }
  const { workspaceId, registry, headers, stats, scopes, redact, fetch, logger, signal } = options
  if (!isWorkspaceId(workspaceId)) {
    const rule = 'a string of 1 to 256 characters that a URL can carry'
    throw inputError(named('workspaceId'), rule, workspaceId, 'Pass the id that the platform knows.')
  }
  if (registry !== undefined && !has(registry, 'snapshot', 'on', Symbol.iterator)) {
    throw inputError(named('registry'), 'a WedgeRegistry', registry, 'Leave it out for the default registry.')
  }
  for (const [option, byDefault] of [
    ['intervalMs', '30,000'],
    ['timeoutMs', '10,000'],
  ] as const) {
    const ms: unknown = options[option]
    if (ms === undefined || (typeof ms === 'number' && ms > 0 && ms <= MAX_TIMER_MS)) continue
    const rule = `a number of milliseconds above 0 and up to ${MAX_TIMER_MS}`
    throw inputError(named(option), rule, ms, `Leave it out for ${byDefault}.`)
  }
  if (headers !== undefined && !isObject(headers)) {
    throw inputError(named('headers'), 'an object or a function', headers, 'Pass header fields by name.')
  }
  for (const [option, callback, wayOut] of [
    ['stats', stats, "Return the host's figures from it, or leave it out."],
    ['redact', redact, 'Return the text without its secrets from it, or leave it out for redactSecrets.'],
    ['fetch', fetch, 'Leave it out for the global fetch.'],
  ] as const) {
    if (callback !== undefined) assertFunction(named(option), callback, wayOut)
  }
  if (scopes !== undefined && typeof scopes !== 'boolean') {
    throw inputError(named('scopes'), 'a boolean', scopes, 'Pass true to send the names of all scopes.')
  }
  if (logger !== undefined && !has(logger, 'error', 'warn', 'info')) {
    const wayOut = "Pass a pino logger, or leave it out for the registry's."
    throw inputError(named('logger'), 'a logger with error, warn and info', logger, wayOut)
  }
  assertSignal(named('signal'), signal)
  if (headers && typeof headers !== 'function') toHeaders(headers)
}

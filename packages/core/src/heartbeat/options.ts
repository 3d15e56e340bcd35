import type { Unsubscribe, WedgeChange, WedgeLogger, WedgeReader, WedgeScopeChange, WedgeSnapshot } from '../types.ts'
import type { Redact } from './clean.ts'
import { type HeartbeatHeaders, toHeaders } from './headers.ts'
import type { HeartbeatFetch } from './post.ts'
import type { HeartbeatStats } from './stats.ts'

/** The part of a `WedgeRegistry` that a heartbeat reads. */
export interface HeartbeatRegistry extends Iterable<WedgeReader & { readonly scope: string }> {
  readonly logger: WedgeLogger
  readonly size: number
  snapshot(): WedgeSnapshot
  on(event: 'change', listener: (event: WedgeChange) => void): Unsubscribe
  on(event: 'scopes', listener: (event: WedgeScopeChange) => void): Unsubscribe
}

export interface HeartbeatOptions {
  /** The platform's base address; beats go to `<url>/registry/heartbeat`. */
  readonly url: string | URL
  readonly workspaceId: string
  /** Default: the process's default registry. */
  readonly registry?: HeartbeatRegistry | undefined
  /** Milliseconds from one beat to the next while nothing changes. Default: 30,000. */
  readonly intervalMs?: number | undefined
  /** Milliseconds that one send may take, `headers()` included. Default: 10,000. */
  readonly timeoutMs?: number | undefined
  /** Sent with each beat; a function is asked for each beat, and once more after a 401. */
  readonly headers?: HeartbeatHeaders | (() => HeartbeatHeaders | Promise<HeartbeatHeaders>) | undefined
  /** The host's figures, read for each beat. When it throws, the beat goes without it. */
  readonly stats?: (() => HeartbeatStats) | undefined
  /** Also sends the names of all scopes, and sends at once when one is added or released. Default: `false`. */
  readonly scopes?: boolean | undefined
  /** Takes secrets out of each text but the workspace id. When it throws, the text is withheld. */
  readonly redact?: Redact | undefined
  /** Default: the global `fetch` of the moment. */
  readonly fetch?: HeartbeatFetch | undefined
  /** Told of an outage of the link once, and of its end. Default: the registry's logger of the moment. */
  readonly logger?: WedgeLogger | undefined
  /** Stops the heartbeat when it aborts, as `stop()` does. */
  readonly signal?: AbortSignal | undefined
}

type Rule = readonly [rule: string, accepts: (value: unknown) => boolean]

const isFunction = (value: unknown): boolean => typeof value === 'function'
const isObject = (value: unknown): value is object => Object(value) === value
const has =
  (...methods: PropertyKey[]) =>
  (value: unknown): boolean =>
    methods.every(name => isFunction((value as Record<PropertyKey, unknown> | null)?.[name]))

/** Above it `setTimeout` fires at once. */
const MAX_MS = 2 ** 31 - 1
const duration: Rule = [
  `a number of milliseconds above 0 and up to ${MAX_MS}`,
  value => typeof value === 'number' && value > 0 && value <= MAX_MS,
]
const callback: Rule = ['a function', isFunction]

const OPTIONAL = {
  registry: ['a WedgeRegistry', has('snapshot', 'on', Symbol.iterator)],
  intervalMs: duration,
  timeoutMs: duration,
  headers: ['an object or a function', isObject],
  stats: callback,
  scopes: ['a boolean', value => typeof value === 'boolean'],
  redact: callback,
  fetch: callback,
  logger: ['a logger with error, warn and info', has('error', 'warn', 'info')],
  signal: ['an AbortSignal', has('addEventListener')],
} satisfies Partial<Record<keyof HeartbeatOptions, Rule>>

function show(value: unknown): string {
  // A user name and password in a URL stay out of error texts.
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100).replace(/[^/]*@/, '…@'))
  return isObject(value) ? `a value of type ${typeof value}` : String(value)
}

function wrong(option: string, rule: string, got: unknown, wayOut = 'Pass one, or leave it out.'): TypeError {
  return new TypeError(`startHeartbeat({ ${option} }) needs ${rule}, got ${show(got)}. ${wayOut}`)
}

/** Where the beats go. @throws TypeError for a bad `url` */
export function endpoint(given: string | URL): string {
  try {
    const url = new URL(given)
    if (/^https?:\/\/[^@/]+\//.test(url.href)) {
      url.pathname = `${url.pathname.replace(/\/+$/, '')}/registry/heartbeat`
      return url.href
    }
  } catch {}
  const wayOut = "Pass the platform's base address; credentials go into headers."
  throw wrong('url', 'an absolute http or https URL without credentials', given, wayOut)
}

/** @throws TypeError for the first option that is wrong; `url` is for {@link endpoint} */
export function checkOptions(options: HeartbeatOptions): void {
  if (!isObject(options)) throw wrong('url, workspaceId', 'its options', options, 'Pass an object.')
  const { workspaceId, headers } = options
  if (typeof workspaceId !== 'string' || workspaceId === '' || workspaceId.length > 256) {
    throw wrong('workspaceId', 'a string of 1 to 256 characters', workspaceId, 'Pass the id that the platform knows.')
  }
  for (const [option, [rule, accepts]] of Object.entries<Rule>(OPTIONAL)) {
    const value = options[option as keyof HeartbeatOptions]
    if (value !== undefined && !accepts(value)) throw wrong(option, rule, value)
  }
  if (headers && typeof headers !== 'function') toHeaders(headers)
}

import { NO_REASON, type ReceivedHeartbeat, type ReceivedWedge } from './heartbeat.ts'
import { Notes, ruleBroken } from './notes.ts'
import { isObject, Received } from './received.ts'
import { Refusal } from './refusal.ts'

/** A heartbeat, and what its body got wrong. */
export interface ParsedHeartbeat {
  readonly heartbeat: ReceivedHeartbeat
  /** A sentence for each field that was left out or cut: which field, the rule, what was received. */
  readonly dropped: readonly string[]
}

const MAX_NAME = 256
const MAX_TEXT = 1_024
const MAX_WEDGES = 200
const MAX_NAMES = 1_000
/** Stands for a scope without a usable name: its wedge must not be lost. */
const UNNAMED = '(unnamed)'

/**
 * Reads a heartbeat's body. A field that breaks its rule counts as left out: one bad field never costs the beat, nor the
 * wedge that it reports. Unknown fields are not kept.
 *
 * @throws Refusal unless the body is a JSON object with a usable `workspace_id`
 */
export function parseHeartbeat(json: unknown): ParsedHeartbeat {
  const fields = asObject(json)
  const workspace_id = workspaceId(fields.workspace_id)
  const notes = new Notes()
  const body = new Received(fields, '', notes)
  const names = (field: string) => body.field(field).list(MAX_NAMES, item => item.name(MAX_NAME), String)

  const wedges = body.field('wedged_scopes').list(MAX_WEDGES, readWedge, wedge => wedge.scope)
  const wedged_count = Math.max(body.field('wedged_count').count() ?? 0, wedges?.count ?? 0)
  const isWedged = body.field('runtime_state').literal('wedged') !== undefined || wedged_count > 0
  if (isWedged && fields.runtime_state === undefined) notes.broken('runtime_state', '"wedged" beside wedges', undefined)
  const scopes = names('scopes')

  const heartbeat: ReceivedHeartbeat = {
    workspace_id,
    error_rate: body.field('error_rate').number(1) ?? 0,
    sample_error: body.field('sample_error').text(MAX_TEXT) ?? '',
    active_tasks: body.field('active_tasks').count() ?? 0,
    current_task: body.field('current_task').text(MAX_TEXT) ?? '',
    uptime_seconds: body.field('uptime_seconds').number() ?? 0,
    ...(isWedged && { runtime_state: 'wedged' }),
    wedged_count,
    wedged_scopes: wedges?.items ?? [],
    scopes: scopes?.items ?? null,
    scope_count: body.field('scope_count').count() ?? scopes?.count ?? null,
    unproven_scopes: names('unproven_scopes')?.items ?? [],
    leaving: body.field('leaving').flag() ?? false,
  }
  return { heartbeat, dropped: notes.lines }
}

function readWedge(item: Received): ReceivedWedge | undefined {
  if (item.object() === undefined) return undefined
  return {
    scope: item.field('scope').name(MAX_NAME) ?? UNNAMED,
    reason: item.field('reason').text(MAX_TEXT) || NO_REASON,
    since: item.field('since').time() ?? null,
  }
}

/** Reads the body of a restart request. @throws Refusal */
export function parseRestart(json: unknown): { scope: string } {
  const { scope } = asObject(json)
  if (typeof scope === 'string' && scope !== '' && scope.length <= MAX_NAME) return { scope }
  throw new Refusal(400, ruleBroken('scope', `a string of 1 to ${MAX_NAME} characters`, scope))
}

function asObject(json: unknown): Readonly<Record<string, unknown>> {
  if (isObject(json)) return json
  throw new Refusal(400, ruleBroken('the body', 'a JSON object', json))
}

/** It becomes part of URLs: in a path `.` and `..` mean something else, and half a surrogate pair cannot be encoded. */
function workspaceId(id: unknown): string {
  const rule = `a string of 1 to ${MAX_NAME} characters, other than "." and "..", without half a surrogate pair`
  if (typeof id === 'string' && id.length <= MAX_NAME && !/^\.{0,2}$|\p{Surrogate}/u.test(id)) return id
  throw new Refusal(400, ruleBroken('workspace_id', rule, id))
}

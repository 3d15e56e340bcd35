export interface WedgedScope {
  readonly scope: string
  readonly reason: string
  /** Epoch milliseconds, by the host's clock. */
  readonly since: number
}

/** A heartbeat as the platform keeps it: the wire's names, with the lists a sender may leave out filled in. */
export interface Heartbeat {
  readonly workspace_id: string
  /** 0 to 1. */
  readonly error_rate: number
  readonly sample_error: string
  readonly active_tasks: number
  readonly current_task: string
  readonly uptime_seconds: number
  readonly runtime_state?: 'wedged'
  /** May exceed `wedged_scopes.length`: a sender caps the list, not the count. */
  readonly wedged_count: number
  /** Primary first. */
  readonly wedged_scopes: readonly WedgedScope[]
  /** Every executor the host names; `null` when it names none. */
  readonly scopes: readonly string[] | null
  readonly scope_count: number | null
}

/** A request body that cannot be accepted; the message says what is wrong with it. */
export class BadBody extends Error {
  override readonly name = 'BadBody'
}

type Check = readonly [rule: string, holds: (value: unknown) => boolean]

const text: Check = ['a string', value => typeof value === 'string']
const name: Check = ['a string of 1 to 256 characters', isName]
const count: Check = ['a whole number from 0 up', isCount]
const required: Record<string, Check> = {
  workspace_id: name,
  error_rate: ['a number from 0 to 1', value => isAmount(value) && value <= 1],
  sample_error: text,
  active_tasks: count,
  current_task: text,
  uptime_seconds: ['a number from 0 up', isAmount],
}
const optional: Record<string, Check> = {
  runtime_state: ['"wedged", or absent', value => value === 'wedged'],
  wedged_count: count,
  wedged_scopes: ['an array of { scope: string, reason: string, since: epoch milliseconds }', listOf(isWedgedScope)],
  scopes: ['an array of non-empty strings', listOf(isName)],
  scope_count: count,
}

/**
 * Reads a heartbeat's body; fields that it does not know are left out.
 *
 * @throws BadBody naming every field that breaks its rule, and what was received instead
 */
export function parseHeartbeat(body: unknown): Heartbeat {
  const fields = asObject(body)
  const problems = [
    ...Object.entries(required).flatMap(([field, check]) => broken(fields, field, check)),
    ...Object.entries(optional).flatMap(([field, check]) =>
      fields[field] === undefined ? [] : broken(fields, field, check),
    ),
  ]
  const given = fields as unknown as Heartbeat & Partial<Pick<Heartbeat, 'wedged_count' | 'wedged_scopes'>>
  const wedged = given.runtime_state !== undefined
  if (!wedged && (given.wedged_count || given.wedged_scopes?.length)) {
    problems.push('wedged_scopes and wedged_count need runtime_state "wedged"')
  }
  if (problems.length > 0) throw new BadBody(problems.join('; '))
  const wedged_scopes = given.wedged_scopes ?? []
  return {
    workspace_id: given.workspace_id,
    error_rate: given.error_rate,
    sample_error: given.sample_error,
    active_tasks: given.active_tasks,
    current_task: given.current_task,
    uptime_seconds: given.uptime_seconds,
    ...(wedged && { runtime_state: 'wedged' }),
    wedged_count: Math.max(given.wedged_count ?? 0, wedged_scopes.length),
    wedged_scopes,
    scopes: given.scopes ?? null,
    scope_count: given.scope_count ?? given.scopes?.length ?? null,
  }
}

/** Reads the body of a restart request. @throws BadBody */
export function parseRestart(body: unknown): { scope: string } {
  const fields = asObject(body)
  const problems = broken(fields, 'scope', name)
  if (problems.length > 0) throw new BadBody(problems.join('; '))
  return { scope: fields.scope as string }
}

function asObject(body: unknown): Record<string, unknown> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>
  throw new BadBody(`the body must be a JSON object, got ${shown(body)}`)
}

function broken(fields: Record<string, unknown>, field: string, [rule, holds]: Check): string[] {
  return holds(fields[field]) ? [] : [`${field} must be ${rule}, got ${shown(fields[field])}`]
}

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? 'nothing'
  return json.length > 80 ? `${json.slice(0, 79)}…` : json
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= 256
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && isAmount(value)
}

function isWedgedScope(value: unknown): boolean {
  const { scope, reason, since } = (value ?? {}) as Partial<WedgedScope>
  return isName(scope) && typeof reason === 'string' && isCount(since) && !Number.isNaN(new Date(since!).getTime())
}

function listOf(holds: (item: unknown) => boolean): (value: unknown) => boolean {
  return value => Array.isArray(value) && value.every(holds)
}

import { styleText } from 'node:util'
import type { WedgeAggregate } from '@runtime-wedge/core'

/** Something that happened, as the timeline shows it. */
export interface TimelineEntry {
  /** Milliseconds since the demo began. */
  readonly ms: number
  /** An executor's scope, or `platform`, `operator`, `demo`. */
  readonly scope: string
  readonly event: string
  readonly detail: string
  /** All scopes together, right after it. */
  readonly aggregate: WedgeAggregate
  /** For an event of the platform: the transition that led to it, and how many milliseconds it came after it. */
  readonly after?: { readonly ms: number; readonly type: 'mark' | 'clear' } | undefined
}

type Style = Parameters<typeof styleText>[0]

const styles: Readonly<Record<string, Style>> = {
  WEDGED: ['red', 'bold'],
  CLEARED: ['green', 'bold'],
  failed: 'yellow',
  'restart failed': 'yellow',
  restarting: 'cyan',
  restarted: 'cyan',
  WORKSPACE_DEGRADED: ['yellow', 'bold'],
  WORKSPACE_ONLINE: ['green', 'bold'],
  WORKSPACE_OFFLINE: ['red', 'bold'],
  summary: 'bold',
}

const SCOPE_WIDTH = 14

/** Formats an entry as one line of JSON, without a line break at the end. */
export function toJson(entry: TimelineEntry): string {
  return JSON.stringify(entry)
}

/** Formats an entry for people: time, scope, what happened; on a second line the aggregate, if it may have changed. */
export function toText(entry: TimelineEntry, colour: boolean): string {
  const paint = (style: Style, text: string): string => (colour ? styleText(style, text) : text)
  const { ms, scope, event, detail, aggregate, after } = entry
  const time = `${(ms / 1_000).toFixed(2).padStart(7)} s`
  const what = [
    paint(styles[event] ?? 'dim', event),
    after && paint('magenta', `${after.ms} ms after the ${after.type}`),
    oneLine(detail),
  ]
  const line = `${paint('dim', time)}  ${paint('bold', scope.padEnd(SCOPE_WIDTH))}  ${what.filter(Boolean).join('  ')}`
  if (event !== 'WEDGED' && event !== 'CLEARED') return line
  return `${line}\n${' '.repeat(time.length + SCOPE_WIDTH + 4)}${paint('dim', '= all:')} ${describe(aggregate, paint)}`
}

function describe(aggregate: WedgeAggregate, paint: (style: Style, text: string) => string): string {
  if (!aggregate.wedged) return paint('green', 'healthy')
  return `${paint('red', `${aggregate.count} wedged`)}, first ${aggregate.scope}: ${oneLine(aggregate.reason)}`
}

/** A reason may contain what a broken process has printed; escape sequences must not reach the terminal. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}

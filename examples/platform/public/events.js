import { plural } from './clock.js'

/**
 * @typedef {import('../src/store.ts').PlatformEvent} PlatformEvent
 * @typedef {import('../src/heartbeat.ts').WedgedScope} WedgedScope
 */

/**
 * An event in words, shown in the timeline and read out by screen readers: `subject verb`, then the detail.
 * @param {PlatformEvent} event
 * @returns {{ icon: string, subject: string, verb: string, detail: string }}
 */
export function describe({ type, workspace_id, payload }) {
  const scope = String(payload.scope ?? '')
  const at = { subject: scope, detail: workspace_id }
  switch (type) {
    case 'WORKSPACE_DEGRADED':
      return {
        icon: 'degraded',
        subject: workspace_id,
        verb: degradation(payload),
        detail: newest(payload),
      }
    case 'WORKSPACE_ONLINE':
      return { icon: 'online', subject: workspace_id, verb: 'is online', detail: '' }
    case 'WORKSPACE_OFFLINE':
      return { icon: 'offline', subject: workspace_id, verb: 'is offline', detail: whyOffline(payload) }
    case 'RESTART_SENT':
      return { icon: 'restart', verb: 'is being restarted', ...at }
    case 'RESTART_UNDELIVERED':
      return { icon: 'offline', verb: 'was not restarted: no host is listening', ...at }
    case 'RESTART_CLEARED':
      return { icon: 'online', verb: 'recovered after its restart', ...at }
    case 'RESTART_STILL_WEDGED':
      return { icon: 'degraded', verb: 'is still wedged after its restart', ...at }
  }
}

/** @param {PlatformEvent['payload']} payload */
function degradation({ runtime_state, wedged_count, error_rate }) {
  const why = runtime_state
    ? `${plural(Number(wedged_count), 'executor')} wedged`
    : `error rate ${percent(Number(error_rate))}`
  return `is degraded: ${why}`
}

/** @param {PlatformEvent['payload']} payload */
function whyOffline({ reason }) {
  return reason ? `It was ${reason}.` : 'Its heartbeats have stopped.'
}

/**
 * The newest wedge, which is the news when one was added; without a wedge, a sample of the errors.
 * @param {PlatformEvent['payload']} payload
 */
function newest({ wedged_scopes, sample_error }) {
  const wedge = /** @type {WedgedScope[]} */ (wedged_scopes).at(-1)
  return wedge ? `${wedge.scope}: ${wedge.reason}` : String(sample_error)
}

/** @param {number} rate */
export function percent(rate) {
  return `${Math.round(rate * 100)} %`
}

import { duration, plural, setSince } from './clock.js'
import { arrange, part, setIcon, setOptional, setText, stamp } from './dom.js'
import { percent } from './events.js'
import { executorsOf } from './executors.js'
import { createRow } from './row.js'

/**
 * @typedef {import('../src/views.ts').WorkspaceView} WorkspaceView
 * @typedef {WorkspaceView['status'] | 'unknown'} ShownStatus
 * @typedef {ReturnType<typeof createCard>} Card
 */

/** So many executors that are not wedged are shown before "Show more". */
const REST_SHOWN = 10
/** A lower error rate is not worth the operator's attention. */
const ERROR_RATE_SHOWN = 0.1

/** @type {Record<ShownStatus, string>} */
const labels = {
  online: 'Online',
  degraded: 'Degraded',
  offline: 'Offline',
  provisioning: 'Waiting',
  unknown: 'Unknown',
}

/** Makes the card of a workspace, with a row for each executor. @param {string} id @param {(scope: string) => void} onRestart */
export function createCard(id, onRestart) {
  const element = stamp('card-template')
  element.dataset.workspace = id
  const name = part(element, 'name')
  name.id = `workspace-${++cards}`
  element.setAttribute('aria-labelledby', name.id)
  setText(/** @type {Element} */ (name.firstElementChild), id)
  const [status, headline, note] = [part(element, 'status'), part(element, 'headline'), part(element, 'note')]
  const [heard, tasks, uptime] = [part(element, 'heard'), part(element, 'tasks'), part(element, 'uptime')]
  const [list, more] = [part(element, 'rows'), part(element, 'more')]
  /** @type {Map<string, ReturnType<typeof createRow>>} */
  let rows = new Map()
  /** @type {WorkspaceView} */
  let view
  let connected = false
  let failure = { scope: '', message: '' }
  more.addEventListener('click', () => {
    more.ariaExpanded = String(more.ariaExpanded !== 'true')
    updateRows()
  })

  return {
    element,
    /** @param {string} scope @param {string} message */
    fail(scope, message) {
      failure = { scope, message }
      updateRows()
    },
    /** @param {WorkspaceView} next @param {boolean} isConnected */
    update(next, isConnected) {
      const shown = isConnected ? next.status : 'unknown'
      if (shown !== element.dataset.status && element.dataset.status) flash(element)
      view = next
      connected = isConnected
      failure = { scope: '', message: '' }
      element.dataset.status = shown
      setIcon(element, shown)
      setText(status, labels[shown])
      setHeadline(shown)
      setOptional(note, shown === 'degraded' && view.runtime_state === undefined ? view.sample_error : '')
      setSince(heard, view.last_heartbeat)
      setOptional(tasks, taskText(view))
      setText(uptime, duration(view.uptime_seconds * 1_000))
      updateRows()
    },
  }

  /** @param {ShownStatus} shown */
  function setHeadline(shown) {
    const { names, count: total, unproven } = executorsOf(view)
    const rate = view.error_rate >= ERROR_RATE_SHOWN ? `Error rate ${percent(view.error_rate)}` : ''
    const executors = total === 1 ? 'executor' : 'executors'
    const wedged = view.wedged_count
      ? `${view.wedged_count}${names.length ? ` of ${total}` : ''} ${executors} wedged`
      : ''
    const silent = unproven.size
      ? `${unproven.size}${wedged ? '' : ` of ${total} ${executors}`} not heard from yet`
      : ''
    const working = total
      ? silent || `${total > 1 ? 'All ' : ''}${plural(total, 'executor')} healthy`
      : 'Its executors are not listed'
    const texts = {
      online: [working, rate],
      degraded: [wedged, silent, rate],
      offline: [view.leaving ? 'Stopped by its host' : 'No heartbeat: what it does now is unknown'],
      provisioning: ['The platform has restarted and waits for its next heartbeat'],
      unknown: [`Last known: ${labels[view.status].toLowerCase()}`],
    }
    setText(headline, texts[shown].filter(Boolean).join(' · '))
  }

  function updateRows() {
    const wedges = new Map(view.wedged_scopes.map(wedge => [wedge.scope, wedge]))
    const restarts = new Map(view.restarts.map(restart => [restart.scope, restart]))
    const { names: all, unproven } = executorsOf(view)
    const rest = all
      .filter(scope => !wedges.has(scope))
      .sort((a, b) => Number(unproven.has(b)) - Number(unproven.has(a)))
    const expanded = more.ariaExpanded === 'true'
    const names = new Set([...wedges.keys(), ...(expanded ? rest : rest.slice(0, REST_SHOWN))])
    const known = connected && (view.status === 'online' || view.status === 'degraded')
    const before = rows
    rows = new Map()
    for (const scope of names) {
      const row = before.get(scope) ?? createRow(scope, () => onRestart(scope))
      const message = failure.scope === scope ? failure.message : ''
      row.update({
        wedge: wedges.get(scope),
        restart: restarts.get(scope),
        proven: !unproven.has(scope),
        known,
        failure: message,
      })
      rows.set(scope, row)
    }
    arrange(
      list,
      Array.from(rows.values(), row => row.element),
    )
    more.hidden = rest.length <= REST_SHOWN
    setText(
      more,
      expanded
        ? 'Show fewer'
        : `Show ${plural(rest.length - REST_SHOWN, unproven.size ? 'more executor' : 'more healthy executor')}`,
    )
  }
}

let cards = 0

/** @param {WorkspaceView} view */
function taskText({ active_tasks, current_task }) {
  return [active_tasks && plural(active_tasks, 'task'), current_task].filter(Boolean).join(': ')
}

/** @param {HTMLElement} element */
function flash(element) {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return
  element.animate([{ boxShadow: '0 0 0 4px var(--flash)' }, { boxShadow: '0 0 0 4px transparent' }], 900)
}

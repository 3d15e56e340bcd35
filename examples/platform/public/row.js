import { setSince } from './clock.js'
import { part, setIcon, setOptional, setText, stamp } from './dom.js'

/**
 * @typedef {import('../src/heartbeat.ts').WedgedScope} WedgedScope
 * @typedef {import('../src/restarts.ts').Restart} Restart
 * @typedef {{ wedge: WedgedScope | undefined, restart: Restart | undefined, proven: boolean, known: boolean, failure: string }} RowState
 *   `proven`: it has succeeded at something since it was made. `known`: the workspace and the platform are both heard.
 *   `failure`: why the last click did not reach the platform.
 */

/** Makes the row of an executor. @param {string} scope @param {() => void} onRestart */
export function createRow(scope, onRestart) {
  const element = stamp('row-template')
  element.dataset.scope = scope
  const state = part(element, 'state')
  const since = part(element, 'since')
  const reason = part(element, 'reason')
  const outcome = part(element, 'outcome')
  const button = part(element, 'restart')
  const label = part(element, 'restart-label')
  setText(part(element, 'scope'), scope)
  setText(part(element, 'restart-scope'), ` ${scope}`)
  button.addEventListener('click', () => {
    if (button.ariaDisabled !== 'true') onRestart()
  })

  return { element, update }

  /** @param {RowState} row */
  function update({ wedge, restart, proven, known, failure }) {
    const last = wedge ? 'degraded' : proven ? 'online' : 'provisioning'
    const status = known ? last : 'unknown'
    element.dataset.status = status
    setIcon(element, status)
    setText(state, known ? states[last] : lastKnown[last])
    setSince(since, known && wedge ? wedge.since : null)
    setOptional(reason, wedge?.reason ?? '')

    const ours = restart && (wedge === undefined) === (restart.outcome === 'cleared') ? restart.outcome : undefined
    setOptional(outcome, failure || (known && ours ? outcomes[ours] : ''))
    outcome.dataset.outcome = failure ? 'failed' : (ours ?? '')

    const underWay = ours === 'sent'
    button.ariaDisabled = String(underWay)
    setText(label, underWay ? 'Restarting…' : ours === 'still_wedged' ? 'Restart again' : 'Restart')
    const offered = known && wedge !== undefined
    if (!offered && document.activeElement === button) element.focus({ preventScroll: true })
    button.hidden = !offered
  }
}

const states = { degraded: 'Wedged for', online: 'Healthy', provisioning: 'Not heard from yet' }
const lastKnown = {
  degraded: 'Unknown, was wedged',
  online: 'Unknown, was healthy',
  provisioning: 'Unknown, never heard from',
}

/** @type {Record<Restart['outcome'], string>} */
const outcomes = {
  sent: 'Restart sent to the host. Waiting for a success to clear the wedge.',
  no_host: 'Not restarted: no host is listening for commands.',
  cleared: 'Recovered after its restart.',
  still_wedged: 'Still wedged after its restart.',
}

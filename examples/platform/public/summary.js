import { duration, now, plural } from './clock.js'
import { byId, part, setIcon, setText } from './dom.js'
import { executorsOf } from './executors.js'

/** @typedef {import('../src/views.ts').WorkspaceView} WorkspaceView */

const section = byId('summary')
const counts = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-count]'))

/**
 * Shows the state of the whole canvas in one sentence, in the counts of the bar, and in the tab.
 * @param {WorkspaceView[]} views @param {number | null} lostAt when the platform was heard last; `null` while it is heard
 * @returns {string} what it says
 */
export function summarize(views, lostAt) {
  const count = { all: views.length, online: 0, degraded: 0, offline: 0, provisioning: 0 }
  for (const { status } of views) count[status]++
  const [status, headline, detail] = lostAt === null ? overview(views, count) : disconnected(views, lostAt)
  section.dataset.status = status
  setIcon(section, status)
  setText(part(section, 'headline'), headline)
  setText(part(section, 'detail'), detail)
  for (const node of counts) {
    const key = /** @type {keyof typeof count} */ (node.dataset.count)
    setText(node, lostAt === null ? String(count[key] + (key === 'offline' ? count.provisioning : 0)) : '–')
  }
  setTab(status, lostAt === null ? count.degraded + count.offline : 0)
  return `${headline}. ${detail}`
}

/**
 * @param {WorkspaceView[]} views @param {Record<WorkspaceView['status'] | 'all', number>} count
 * @returns {[status: string, headline: string, detail: string]}
 */
function overview(views, count) {
  if (count.degraded > 0) {
    const wedges = views.filter(view => view.status === 'degraded').flatMap(view => view.wedged_scopes)
    const wedged = views.reduce((sum, view) => sum + (view.status === 'degraded' ? view.wedged_count : 0), 0)
    const longest = wedges.length
      ? `the longest for ${duration(now() - Math.min(...wedges.map(wedge => wedge.since)))}`
      : ''
    const where = `${count.degraded} of ${plural(count.all, 'workspace')} degraded`
    const offline = count.offline ? `${count.offline} offline` : ''
    const headline = wedged
      ? `${plural(wedged, 'executor')} ${wedged === 1 ? 'is' : 'are'} wedged`
      : `${plural(count.degraded, 'workspace')} ${count.degraded === 1 ? 'is' : 'are'} degraded`
    return ['degraded', headline, [where, offline, longest].filter(Boolean).join(' · ')]
  }
  if (count.offline > 0) {
    const headline = `${plural(count.offline, 'workspace')} ${count.offline === 1 ? 'is' : 'are'} offline`
    return ['offline', headline, `${count.online} of ${plural(count.all, 'workspace')} online`]
  }
  if (count.provisioning > 0)
    return [
      'provisioning',
      'Waiting for heartbeats',
      `The platform has restarted · ${count.online} of ${plural(count.all, 'workspace')} heard`,
    ]
  if (count.all === 0)
    return [
      'provisioning',
      'Waiting for the first heartbeat',
      'A workspace appears here as soon as its host sends one.',
    ]
  const executors = views.map(executorsOf)
  const total = executors.reduce((sum, { count }) => sum + count, 0)
  const silent = executors.reduce((sum, { unproven }) => sum + unproven.size, 0)
  const what = `${total ? `${plural(total, 'executor')} in ` : ''}${plural(count.all, 'workspace')}`
  return silent
    ? ['online', 'No executor is wedged', `${what} · ${silent} not heard from yet`]
    : ['online', 'Everything works', what]
}

/** @param {WorkspaceView[]} views @param {number} lostAt @returns {[status: string, headline: string, detail: string]} */
function disconnected(views, lostAt) {
  if (views.length === 0) return ['unknown', 'Connecting to the platform', 'Nothing is known yet.']
  return [
    'unknown',
    'Disconnected from the platform',
    `Reconnecting · nothing is known since ${duration(now() - lostAt)}`,
  ]
}

let tab = ''

/** @param {string} status @param {number} count */
function setTab(status, count) {
  const title = status === 'unknown' ? 'Canvas: disconnected' : count ? `(${count}) Canvas` : 'Canvas'
  if (tab === title + status) return
  tab = title + status
  document.title = title
  const fill = { online: '#30a46c', degraded: '#f5b301' }[status] ?? '#8b93a1'
  const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="6.5" fill="${fill}"/><path fill="#fff" d="M6 16.5h12.2L18 7z"/></svg>`
  document.querySelector('link[rel=icon]')?.setAttribute('href', `data:image/svg+xml,${encodeURIComponent(icon)}`)
}

import { announce, announceEvent } from './announcer.js'
import { createCard } from './card.js'
import { now, setClock, tick } from './clock.js'
import { arrange, byId, setText } from './dom.js'
import { listen } from './feed.js'
import { askToRestart, reviseQuestion, sendRestarts } from './restart.js'
import { summarize } from './summary.js'
import { addToTimeline } from './timeline.js'

/**
 * @typedef {import('../src/views.ts').WorkspaceView} WorkspaceView
 * @typedef {{ view: WorkspaceView, card: import('./card.js').Card, rank: number }} Entry
 */

/** Workspaces that need the operator come first. */
const ranks = { degraded: 0, offline: 1, provisioning: 2, online: 3 }
const filters = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-filter]'))
const root = document.documentElement
const grid = byId('grid')
/** @type {Map<string, Entry>} */
const entries = new Map()
let filter = 'all'
let everConnected = false
/** When the platform was heard last; `null` while it is heard. @type {number | null} */
let lostAt = now()

// If the token came in the address, the cookie holds it now.
if (location.search) history.replaceState(null, '', location.pathname)

listen({
  onSnapshot(snapshot) {
    const reconnected = everConnected
    everConnected = true
    lostAt = null
    setClock(snapshot.time)
    const told = new Set(snapshot.workspaces.map(view => view.workspace_id))
    for (const { view } of entries.values()) {
      if (!told.has(view.workspace_id)) put({ ...view, status: 'provisioning', restarts: [] })
    }
    for (const view of snapshot.workspaces) put(view)
    addToTimeline(snapshot.events)
    const summary = redraw()
    if (reconnected) announce(`Connected again. ${summary}`)
  },
  onWorkspace(view) {
    put(view)
    redraw()
  },
  onHeard(beat) {
    const entry = entries.get(beat.workspace_id)
    if (entry) put({ ...entry.view, ...beat })
  },
  onForgotten({ workspace_id }) {
    entries.delete(workspace_id)
    redraw()
  },
  onEvent(event) {
    // Events that were missed while disconnected come before the snapshot, which holds them too.
    if (lostAt !== null) return
    addToTimeline([event])
    announceEvent(event)
  },
  onLost() {
    if (lostAt !== null) return
    lostAt = now()
    for (const { view, card } of entries.values()) card.update(view, false)
    redraw()
    announce('Disconnected from the platform, reconnecting')
  },
})

sendRestarts((workspace, scope, message) => {
  entries.get(workspace)?.card.fail(scope, message)
  announce(message)
})

for (const button of filters) {
  button.addEventListener('click', () => {
    filter = String(button.dataset.filter)
    for (const each of filters) each.ariaPressed = String(each === button)
    redraw()
  })
}

setInterval(() => {
  tick()
  redraw()
}, 1_000)
redraw()

/** @param {WorkspaceView} view */
function put(view) {
  const id = view.workspace_id
  let entry = entries.get(id)
  if (entry === undefined) {
    entry = { view, card: createCard(id, scope => askToRestart(id, scope)), rank: ranks[view.status] }
    entries.set(id, entry)
  }
  entry.view = view
  entry.card.update(view, lostAt === null)
}

/** Updates the order of the cards and everything around them. @returns what the summary says */
function redraw() {
  const summary = summarize(
    [...entries.values()].map(({ view }) => view),
    lostAt,
  )
  root.dataset.link = lostAt === null ? 'live' : everConnected ? 'lost' : 'connecting'
  setText(byId('link'), lostAt === null ? 'Live' : everConnected ? 'Disconnected' : 'Connecting…')
  reviseQuestion((workspace, scope) => isWedged(entries.get(workspace)?.view, scope))

  const all = [...entries.values()]
  for (const entry of all) {
    // A card does not move away from under the pointer or the focus.
    if (!entry.card.element.matches(':hover, :focus-within')) entry.rank = ranks[entry.view.status]
  }
  all.sort((a, b) => a.rank - b.rank || order.compare(a.view.workspace_id, b.view.workspace_id))
  const shown = all.filter(({ view }) => filter === 'all' || filter === group(view))
  arrange(
    grid,
    shown.map(({ card }) => card.element),
  )
  const empty = byId('empty')
  empty.hidden = shown.length > 0 || !everConnected
  setText(empty, entries.size ? `No workspace is ${filter}.` : `Heartbeats go to ${location.origin}/registry/heartbeat`)
  return summary
}

const order = new Intl.Collator(undefined, { numeric: true })

/** @param {WorkspaceView} view */
function group({ status }) {
  return status === 'provisioning' ? 'offline' : status
}

/** @param {WorkspaceView | undefined} view @param {string} scope */
function isWedged(view, scope) {
  return view?.wedged_scopes.some(wedge => wedge.scope === scope) ?? false
}

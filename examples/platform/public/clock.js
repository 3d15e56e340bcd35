import { setText } from './dom.js'

let offsetMs = 0
let shown = Date.now()

/** Uses the platform's clock from now on: the browser's may be wrong by hours. @param {number} platformTime */
export function setClock(platformTime) {
  offsetMs = platformTime - Date.now()
  shown = platformTime
}

/** The moment of the last tick, so that all durations on the page agree. */
export function now() {
  return shown
}

/** Makes the element show how long ago `since` was, and keeps it up to date. @param {HTMLElement} node @param {number | null} since */
export function setSince(node, since) {
  node.hidden = since === null
  if (since === null) {
    delete node.dataset.since
    setText(node, '')
  } else {
    node.dataset.since = String(since)
    node.title = new Date(since).toLocaleString()
    setText(node, duration(now() - since))
  }
}

/** Updates every duration on the page. */
export function tick() {
  shown = Date.now() + offsetMs
  for (const node of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-since]'))) {
    setText(node, duration(now() - Number(node.dataset.since)))
  }
}

/** @param {number} ms */
export function duration(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const [minutes, hours, days] = [Math.floor(seconds / 60), Math.floor(seconds / 3600), Math.floor(seconds / 86_400)]
  if (minutes < 1) return `${seconds} s`
  if (hours < 1) return `${minutes} min ${seconds % 60} s`
  if (days < 1) return `${hours} h ${minutes % 60} min`
  return `${days} d ${hours % 24} h`
}

/** @param {number} count @param {string} noun */
export function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

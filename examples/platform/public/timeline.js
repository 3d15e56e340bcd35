import { byId, part, setIcon, setOptional, setText, stamp } from './dom.js'
import { describe } from './events.js'

/** @typedef {import('../src/store.ts').PlatformEvent} PlatformEvent */

const SHOWN = 50
const list = byId('timeline')

/** Adds the events that it does not show yet. @param {readonly PlatformEvent[]} events oldest first */
export function addToTimeline(events) {
  for (const event of events) {
    if (!list.querySelector(`[data-event="${event.id}"]`)) list.prepend(entry(event))
  }
  while (list.children.length > SHOWN) list.lastElementChild?.remove()
  byId('quiet').hidden = list.children.length > 0
}

/** @param {PlatformEvent} event */
function entry(event) {
  const { icon, subject, verb, detail } = describe(event)
  const item = stamp('event-template')
  item.dataset.event = event.id
  item.dataset.tone = icon
  setIcon(item, icon)
  setText(part(item, 'subject'), subject)
  setText(part(item, 'verb'), verb)
  setOptional(part(item, 'detail'), detail)
  const time = /** @type {HTMLTimeElement} */ (part(item, 'time'))
  const at = new Date(event.time)
  time.dateTime = at.toISOString()
  time.title = at.toLocaleString()
  time.textContent = at.toLocaleTimeString([], {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  })
  return item
}

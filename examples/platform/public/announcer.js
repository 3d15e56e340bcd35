import { byId, setText } from './dom.js'
import { describe } from './events.js'

/** @typedef {import('../src/store.ts').PlatformEvent} PlatformEvent */

const GATHER_MS = 200
/** A screen reader would still be reading when more than these are long past. */
const SPOKEN = 3
const region = byId('announcer')
/** @type {string[]} */
let waiting = []

/** Has screen readers read the sentence out; of many at once, the rest is only counted. @param {string} sentence */
export function announce(sentence) {
  if (waiting.push(sentence) > 1) return
  setTimeout(() => {
    const more = waiting.length - SPOKEN
    setText(region, waiting.slice(0, SPOKEN).join('. ') + (more > 0 ? `. And ${more} more changes` : ''))
    waiting = []
  }, GATHER_MS)
}

/** @param {PlatformEvent} event */
export function announceEvent(event) {
  const { subject, verb, detail } = describe(event)
  announce([`${subject} ${verb}`, detail].filter(Boolean).join(', '))
}

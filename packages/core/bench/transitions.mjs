import { defaultRegistry, WedgeRegistry } from '@runtime-wedge/core'
import { EventEmitter } from 'eventemitter3'
import { keep, silent } from './harness.mjs'

// Of this module's own: an imported binding is loaded anew in each turn of a loop.
const OPS = 1_024

const CLOCK = 'two Date.now()'
const EMITS = 'two bare eventemitter3 emits, one listener'
const MARK_CLEAR = 'mark() and clear()'
const ONE = 'mark() and clear(), one listener'

/** What a wedge costs, from the mark to the clear. */
export default function transitions() {
  // As in most hosts. Without it each transition looks for the shared slot, which takes 13 ns more.
  defaultRegistry()
  let seen = 0
  let variable = null
  const emitter = new EventEmitter()
  const event = { version: 1 }
  emitter.on('change', ({ version }) => {
    seen += version
  })
  const markAndClear = listeners => {
    const registry = new WedgeRegistry({ logger: silent })
    for (let i = 0; i < listeners; i++) {
      registry.on('change', ({ version }) => {
        seen += version
      })
    }
    const state = registry.scope('claude:1')
    return () => {
      let n = 0
      for (let i = 0; i < OPS; i++) {
        state.mark('no answer to initialize: restart it')
        if (state.clear()) n++
      }
      keep(n + seen)
    }
  }
  const attempts = new WedgeRegistry({ logger: silent }).scope('claude:1')
  const snapshots = new WedgeRegistry({ logger: silent })

  return {
    title: 'Transitions, silent logger',
    cases: {
      'a bare variable set and reset'() {
        for (let i = 0; i < OPS; i++) {
          variable = 'no answer'
          keep(variable)
          variable = null
        }
        keep(variable)
      },
      [CLOCK]() {
        let n = 0
        for (let i = 0; i < OPS; i++) n += Date.now() - Date.now()
        keep(n)
      },
      [EMITS]() {
        for (let i = 0; i < OPS; i++) {
          emitter.emit('change', event)
          emitter.emit('change', event)
        }
        keep(seen)
      },
      [MARK_CLEAR]: markAndClear(0),
      [ONE]: markAndClear(1),
      'mark() and clear(), ten listeners': markAndClear(10),
      'attempt().fail(), then attempt().succeed()'() {
        let n = 0
        for (let i = 0; i < OPS; i++) {
          attempts.attempt().fail('no answer to initialize: restart it')
          if (attempts.attempt().succeed()) n++
        }
        keep(n)
      },
      'mark(), snapshot(), clear(), snapshot()'() {
        let n = 0
        for (let i = 0; i < OPS; i++) {
          snapshots.default.mark('no answer to initialize: restart it')
          n += snapshots.snapshot().count
          snapshots.default.clear()
          n += snapshots.snapshot().count
        }
        keep(n)
      },
      'scope(), release()'() {
        let n = 0
        for (let i = 0; i < OPS; i++) {
          snapshots.scope('short-lived')
          if (snapshots.release('short-lived')) n++
        }
        keep(n)
      },
    },
    bars: [
      {
        id: 'mark-clear',
        text: `${MARK_CLEAR}: at most ${CLOCK} and 60 ns`,
        limit: 1,
        value: t => t[MARK_CLEAR] / (t[CLOCK] + 60),
      },
      { id: 'mark-clear-clock', text: `${MARK_CLEAR}, in ${CLOCK}`, value: t => t[MARK_CLEAR] / t[CLOCK] },
      {
        id: 'mark-clear-one-listener',
        text: `${ONE}: at most 12 x ${EMITS}, beyond ${CLOCK}`,
        limit: 12,
        value: t => (t[ONE] - t[CLOCK]) / t[EMITS],
      },
    ],
  }
}

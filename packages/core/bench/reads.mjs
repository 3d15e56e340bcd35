import { WedgeRegistry } from '@runtime-wedge/core'
import { keep, silent } from './harness.mjs'

// Of this module's own: an imported binding is loaded anew in each turn of a loop.
const OPS = 1_024
/** Objects gone through in turn, so that no read is hoisted out of its loop. A power of two. */
const MANY = 64

class Plain {
  field = null
  read() {
    return this.field !== null
  }
}

const BASE = 'a method that reads a field'
const GET = 'Map.get, then a field'

/** What runs on every request of every executor. */
export default function reads() {
  const make = of => Array.from({ length: MANY }, (_, index) => of(index))
  const plains = make(() => new Plain())
  const registries = make(() => new WedgeRegistry({ logger: silent }))
  const healthy = new WedgeRegistry({ logger: silent })
  const states = make(index => healthy.scope(`claude:${index}`))
  for (const state of states) state.clear()
  const wedged = new WedgeRegistry({ logger: silent })
  const stuck = make(index => wedged.scope(`claude:${index}`))
  for (const state of stuck) state.mark('no answer to initialize: restart it')

  const many = new WedgeRegistry({ logger: silent })
  const keys = Array.from({ length: OPS }, (_, index) => `claude:session-${index}`)
  const map = new Map(keys.map(key => [key, new Plain()]))
  for (const key of keys) many.scope(key)

  const cases = {
    [BASE]() {
      let n = 0
      for (let i = 0; i < OPS; i++) if (plains[i & (MANY - 1)].read()) n++
      keep(n)
    },
    'state.isWedged()'() {
      let n = 0
      for (let i = 0; i < OPS; i++) if (states[i & (MANY - 1)].isWedged()) n++
      keep(n)
    },
    'registry.isWedged()'() {
      let n = 0
      for (let i = 0; i < OPS; i++) if (registries[i & (MANY - 1)].isWedged()) n++
      keep(n)
    },
    'state.clear(), healthy'() {
      let n = 0
      for (let i = 0; i < OPS; i++) if (states[i & (MANY - 1)].clear()) n++
      keep(n)
    },
    'state.mark(), again'() {
      let n = 0
      for (let i = 0; i < OPS; i++) if (stuck[i & (MANY - 1)].mark('again')) n++
      keep(n)
    },
    'state.reason(), wedged'() {
      let n = 0
      for (let i = 0; i < OPS; i++) n += stuck[i & (MANY - 1)].reason().length
      keep(n)
    },
    'registry.reason(), healthy'() {
      let n = 0
      for (let i = 0; i < OPS; i++) n += registries[i & (MANY - 1)].reason().length
      keep(n)
    },
    'state.attempt().succeed(), healthy'() {
      let n = 0
      for (let i = 0; i < OPS; i++) if (states[i & (MANY - 1)].attempt().succeed()) n++
      keep(n)
    },
    'registry.snapshot(), nothing changed'() {
      let n = 0
      for (let i = 0; i < OPS; i++) n += registries[i & (MANY - 1)].snapshot().count
      keep(n)
    },
    [GET]() {
      let n = 0
      for (let i = 0; i < OPS; i++) if (map.get(keys[i]).field !== null) n++
      keep(n)
    },
    'registry.scope(key), then isWedged()'() {
      let n = 0
      for (let i = 0; i < OPS; i++) if (many.scope(keys[i]).isWedged()) n++
      keep(n)
    },
  }
  const times = (id, name, limit, base) => ({
    id,
    text: `${name}: at most ${limit} x ${base}`,
    limit,
    value: t => t[name] / t[base],
  })
  return {
    title: 'Reads and calls that change nothing',
    cases,
    bars: [
      times('state.isWedged', 'state.isWedged()', 2, BASE),
      times('registry.isWedged', 'registry.isWedged()', 2, BASE),
      times('clear-healthy', 'state.clear(), healthy', 2, BASE),
      times('mark-repeated', 'state.mark(), again', 2, BASE),
      times('registry.scope', 'registry.scope(key), then isWedged()', 1.5, GET),
    ],
  }
}

import { WedgeRegistry } from '@runtime-wedge/core'
import { keep, silent } from './harness.mjs'

// Of this module's own: an imported binding is loaded anew in each turn of a loop.
const OPS = 1_024

const asked = scopes => `isWedged() and reason(), ${scopes} scopes wedged`
const moved = scopes => `mark() and clear() of one more, ${scopes} scopes wedged`

/** The aggregate under few and under many: O(1) means that the columns do not grow. */
export default function aggregate({ million }) {
  const sizes = [1, 1_000, million]
  const cases = {}
  for (const size of sizes) {
    const registry = new WedgeRegistry({ logger: silent, now: () => 1 })
    for (let i = 0; i < size; i++) registry.scope(`claude:session-${i}`).mark('stuck')
    const name = size.toLocaleString('en')
    cases[asked(name)] = () => {
      let n = 0
      for (let i = 0; i < OPS; i++) if (registry.isWedged()) n += registry.reason().length
      keep(n)
    }
    cases[moved(name)] = () => {
      let n = 0
      for (let i = 0; i < OPS; i++) {
        registry.default.mark('stuck')
        if (registry.default.clear()) n++
      }
      keep(n)
    }
  }
  const [least, , most] = sizes.map(size => size.toLocaleString('en'))
  const flat = (id, name) => ({
    id,
    text: `${name(most)}, in ${name(least)}`,
    value: t => t[name(most)] / t[name(least)],
  })
  return {
    title: 'The aggregate',
    cases,
    bars: [flat('aggregate-read-flat', asked), flat('aggregate-move-flat', moved)],
  }
}

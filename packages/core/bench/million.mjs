import { WedgeRegistry } from '@runtime-wedge/core'
import { keep, silent, timeOnce } from './harness.mjs'

const walk = order => `a bare walk, ${order} order`
const clears = order => `clear(), then reason(), ${order} order`

/** A million wedges cleared, with the reason asked after each, beside a walk that reads and forgets as many bare records. */
export default function million({ million: count }) {
  const keys = Array.from({ length: count }, (_, index) => `claude:session-${index}`)
  const orders = {
    mark: keys.map((_, index) => index),
    reverse: keys.map((_, index) => count - 1 - index),
    random: shuffled(count),
  }
  const cases = {}
  for (const [order, indices] of Object.entries(orders)) {
    cases[walk(order)] = {
      sample() {
        const pairs = keys.map((key, index) => ({ key, record: { reason: `stuck ${index & 7}`, since: index } }))
        const visited = indices.map(index => pairs[index])
        return perScope(timeOnce(() => walkBare(visited)))
      },
    }
    cases[clears(order)] = {
      sample() {
        const registry = new WedgeRegistry({ logger: silent, now: () => 1 })
        const states = keys.map((key, index) => {
          const state = registry.scope(key)
          state.mark(`stuck ${index & 7}`)
          return state
        })
        const visited = indices.map(index => states[index])
        return perScope(timeOnce(() => clearAll(registry, visited)))
      },
    }
  }
  function perScope(ms) {
    return (ms * 1e6) / count
  }
  return {
    title: `${count.toLocaleString('en')} wedges cleared, by scope`,
    cases,
    bars: Object.keys(orders).map(order => ({
      id: `clears-${order}`,
      text: `${clears(order)}: at most 5 x ${walk(order)}`,
      limit: 5,
      value: t => t[clears(order)] / t[walk(order)],
    })),
  }
}

function walkBare(pairs) {
  let n = 0
  for (const pair of pairs) {
    n += pair.record.reason.length
    pair.record = null
  }
  keep(n)
}

function clearAll(registry, states) {
  let n = 0
  for (const state of states) {
    state.clear()
    n += registry.reason().length
  }
  keep(n)
}

/** 0 to count - 1 in an order that is random, and the same each time. */
function shuffled(count) {
  const indices = Array.from({ length: count }, (_, index) => index)
  let seed = 1
  for (let i = count - 1; i > 0; i--) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    const j = Math.floor((seed / 2 ** 32) * (i + 1))
    ;[indices[i], indices[j]] = [indices[j], indices[i]]
  }
  return indices
}

import { WedgeRegistry } from '@runtime-wedge/core'
import { keep, silent, timeOnce } from './harness.mjs'

const walk = order => `a bare walk, ${order} order`
const clears = order => `clear(), then reason(), ${order} order`

/** A million wedges cleared, with the reason asked after each, beside a walk that reads and forgets as many bare records. */
export default function million({ million: count }) {
  const keys = Array.from({ length: count }, (_, index) => `claude:session-${index}`)
  const indices = keys.map((_, index) => index)
  const orders = { mark: indices, reverse: indices.toReversed(), random: shuffled(indices) }
  const warmUp = keys.slice(0, 20_000)

  const cases = {}
  for (const [order, visits] of Object.entries(orders)) {
    cases[walk(order)] = {
      sample() {
        const pairs = pairsOf(keys)
        const visited = visits.map(index => pairs[index])
        walkBare(pairsOf(warmUp))
        return perScope(timeOnce(() => walkBare(visited)))
      },
    }
    cases[clears(order)] = {
      sample() {
        const { registry, states } = wedgedOf(keys)
        const visited = visits.map(index => states[index])
        // The collections of the set-up throw away code that was idle meanwhile.
        const warm = wedgedOf(warmUp)
        clearAll(warm.registry, warm.states)
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

function pairsOf(keys) {
  return keys.map((key, index) => ({ key, record: { reason: `stuck ${index & 7}`, since: index } }))
}

function wedgedOf(keys) {
  const registry = new WedgeRegistry({ logger: silent, now: () => 1 })
  const states = keys.map((key, index) => {
    const state = registry.scope(key)
    state.mark(`stuck ${index & 7}`)
    return state
  })
  return { registry, states }
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

/** The same in an order that is random, and alike each time. */
function shuffled(values) {
  const shuffledValues = [...values]
  let seed = 1
  for (let i = shuffledValues.length - 1; i > 0; i--) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    const j = Math.floor((seed / 2 ** 32) * (i + 1))
    ;[shuffledValues[i], shuffledValues[j]] = [shuffledValues[j], shuffledValues[i]]
  }
  return shuffledValues
}

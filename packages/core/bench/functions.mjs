import { clearWedge, defaultRegistry, isWedged, wedgeReason } from '@runtime-wedge/core'
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
const STORE = 'AsyncLocalStorage.getStore()'

/** The original module API, outside any scope; `afterRun`: once the process has its AsyncLocalStorage. */
export function functions(afterRun) {
  defaultRegistry().logger = silent
  const plains = Array.from({ length: MANY }, () => new Plain())
  if (afterRun) defaultRegistry().run('claude:1', () => keep(isWedged()))
  // The process's own: a second AsyncLocalStorage would make both slower.
  const { storage } = globalThis[Symbol.for('@runtime-wedge/core')] ?? {}
  const cases = {
    [BASE]() {
      let n = 0
      for (let i = 0; i < OPS; i++) if (plains[i & (MANY - 1)].read()) n++
      keep(n)
    },
    ...(afterRun && {
      [STORE]() {
        let n = 0
        for (let i = 0; i < OPS; i++) if (storage.getStore() !== undefined) n++
        keep(n)
      },
    }),
    'isWedged()'() {
      let n = 0
      for (let i = 0; i < OPS; i++) if (isWedged()) n++
      keep(n)
    },
    'clearWedge(), healthy'() {
      for (let i = 0; i < OPS; i++) clearWedge()
    },
    'wedgeReason(), healthy'() {
      let n = 0
      for (let i = 0; i < OPS; i++) n += wedgeReason().length
      keep(n)
    },
  }
  const bar = (id, name) =>
    afterRun
      ? {
          id: `${id}-after-run`,
          text: `${name}: at most 3 x ${BASE}, and one getStore()`,
          limit: 1,
          value: t => t[name] / (3 * t[BASE] + t[STORE]),
        }
      : { id, text: `${name}: at most 3 x ${BASE}`, limit: 3, value: t => t[name] / t[BASE] }
  return {
    title: afterRun ? 'The four functions, after a first `run`' : 'The four functions, before any `run`',
    cases,
    bars: [bar('isWedged', 'isWedged()'), bar('clearWedge', 'clearWedge(), healthy')],
  }
}

export default () => functions(false)

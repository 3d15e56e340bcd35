import { WedgeRegistry } from '@runtime-wedge/core'
import { silent, timeOnce } from './harness.mjs'

const SCOPES = 300_000

const FILL = 'filling a Map with four-field objects, ns each'
const CREATE = 'scope(key) of a new key, ns each'
const RELEASE = 'release(key), ns each'
const BYTES = 'a healthy scope, bytes'
const LEFT = 'a released scope, bytes left'

/** What a scope costs to make and to hold. */
export default function memory({ million }) {
  const keys = Array.from({ length: million }, (_, index) => `claude:session-${index}`)
  const each = (ms, count) => (ms * 1e6) / count
  let registry = new WedgeRegistry({ logger: silent })
  const createAll = count => {
    for (let i = 0; i < count; i++) registry.scope(keys[i])
  }
  const releaseAll = count => {
    for (let i = 0; i < count; i++) registry.release(keys[i])
  }
  const heapUsed = () => {
    globalThis.gc()
    return process.memoryUsage().heapUsed
  }
  return {
    title: 'Making, holding and releasing scopes',
    unit: '',
    cases: {
      [FILL]: {
        sample() {
          const map = new Map()
          return each(
            timeOnce(() => {
              for (const key of keys) map.set(key, { key, wedge: null, epoch: 0, owner: map })
            }),
            million,
          )
        },
      },
      [CREATE]: {
        sample() {
          registry = new WedgeRegistry({ logger: silent })
          return each(
            timeOnce(() => createAll(million)),
            million,
          )
        },
      },
      [RELEASE]: {
        sample: () =>
          each(
            timeOnce(() => releaseAll(million)),
            million,
          ),
      },
      [BYTES]: {
        sample() {
          const count = Math.min(SCOPES, million)
          registry = new WedgeRegistry({ logger: silent })
          const before = heapUsed()
          createAll(count)
          return (heapUsed() - before) / count
        },
      },
      [LEFT]: {
        sample() {
          registry = new WedgeRegistry({ logger: silent })
          const before = heapUsed()
          createAll(million)
          releaseAll(million)
          return (heapUsed() - before) / million
        },
      },
    },
    bars: [
      {
        id: 'bytes-a-scope',
        text: 'a healthy scope beyond its key, its Map entry included, at 300,000 scopes: at most 160 bytes',
        limit: 160,
        value: t => t[BYTES],
      },
      {
        id: 'create',
        text: `${CREATE}: at most 2.5 x ${FILL}`,
        limit: 2.5,
        value: t => t[CREATE] / t[FILL],
      },
      {
        id: 'bytes-released',
        text: 'a released scope leaves nothing behind: at most 1 byte, of a million',
        limit: 1,
        value: t => t[LEFT],
      },
    ],
  }
}

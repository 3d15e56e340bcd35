import { signal, computed as signalsComputed } from '@preact/signals-core'
import { WedgeRegistry } from '@runtime-wedge/core'
import { ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel'
import { EventEmitter } from 'eventemitter3'
import { HealthImplementation } from 'grpc-health-check'
import { atom, computed as storesComputed } from 'nanostores'
import { keep, silent } from './harness.mjs'

const SCOPES = 1_000
const OPS = 64

const OURS = 'runtime-wedge: mark, isWedged, clear, isWedged'
const SIGNALS = '@preact/signals-core: a signal each, computed "any"'
const STORES = 'nanostores: an atom each, computed "any"'

/** The same work with what one might take instead: of 1,000 executors one goes bad and recovers, asked after each. */
export default function peers() {
  const names = Array.from({ length: SCOPES }, (_, index) => `claude:session-${index}`)
  const at = i => (i * 17) % SCOPES

  const flags = new Array(SCOPES).fill(false)

  const emitter = new EventEmitter()
  let heard = false
  emitter.on('change', bad => {
    heard = bad
  })

  const registry = new WedgeRegistry({ logger: silent })
  const states = names.map(name => registry.scope(name))

  const signals = names.map(() => signal(null))
  const anySignal = signalsComputed(() => signals.some(({ value }) => value !== null))

  const atoms = names.map(() => atom(null))
  const anyAtom = storesComputed(atoms, (...reasons) => reasons.some(reason => reason !== null))
  anyAtom.listen(() => {})

  const breakers = names.map(() =>
    circuitBreaker(handleAll, { halfOpenAfter: 1e9, breaker: new ConsecutiveBreaker(5) }),
  )

  const health = new HealthImplementation(Object.fromEntries(names.map(name => [name, 'SERVING'])))

  const turn = (toBad, toGood, ask) => ({
    ops: OPS,
    run() {
      let n = 0
      for (let i = 0; i < OPS; i++) {
        const index = at(i)
        toBad(index)
        if (ask()) n++
        toGood(index)
        if (ask()) n++
      }
      keep(n)
    },
  })
  return {
    title: 'Of 1,000 scopes one goes bad and recovers; the aggregate is asked after each',
    cases: {
      [OURS]: {
        ops: OPS,
        run() {
          let n = 0
          for (let i = 0; i < OPS; i++) {
            const state = states[at(i)]
            state.mark('no answer to initialize: restart it')
            if (registry.isWedged()) n++
            state.clear()
            if (registry.isWedged()) n++
          }
          keep(n)
        },
      },
      'a bare array of flags, some()': turn(
        index => {
          flags[index] = true
        },
        index => {
          flags[index] = false
        },
        () => flags.some(flag => flag),
      ),
      'a bare eventemitter3, one flag': turn(
        () => emitter.emit('change', true),
        () => emitter.emit('change', false),
        () => heard,
      ),
      [SIGNALS]: turn(
        index => {
          signals[index].value = 'no answer'
        },
        index => {
          signals[index].value = null
        },
        () => anySignal.value,
      ),
      [STORES]: turn(
        index => atoms[index].set('no answer'),
        index => atoms[index].set(null),
        () => anyAtom.get(),
      ),
      'cockatiel: isolate(), dispose()': {
        ops: OPS,
        run() {
          let n = 0
          for (let i = 0; i < OPS; i++) {
            const breaker = breakers[at(i)]
            const handle = breaker.isolate()
            n += breaker.state
            handle.dispose()
          }
          keep(n)
        },
      },
      'grpc-health-check: setStatus() twice': turn(
        index => health.setStatus(names[index], 'NOT_SERVING'),
        index => health.setStatus(names[index], 'SERVING'),
        () => true,
      ),
    },
    notes: {
      [OURS]: 'all of it: order, reason, isolation, events, log',
      'a bare array of flags, some()': 'no reason, no order, no events; O(n) to ask',
      'a bare eventemitter3, one flag':
        'no aggregate (one flag for all), no reason, no order, no isolation of listeners',
      [SIGNALS]: 'no order, no primary, no reason of the aggregate, no isolation of effects',
      [STORES]: 'no order, no primary, no reason of the aggregate, no isolation of listeners',
      'cockatiel: isolate(), dispose()': 'no aggregate, no reason, no order; isolate() counts, it does not dedupe',
      'grpc-health-check: setStatus() twice':
        'no aggregate (the service "" is set by hand), no reason, no local events, no read',
    },
    bars: [
      ['signals', SIGNALS],
      ['nanostores', STORES],
    ].map(([id, name]) => ({
      id: `ahead-of-${id}`,
      text: `runtime-wedge is ahead of ${name} by 10 x or more`,
      limit: 0.1,
      value: t => t[OURS] / t[name],
    })),
  }
}

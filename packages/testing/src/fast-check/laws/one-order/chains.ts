import type { WedgeChange } from '@runtime-wedge/core'
import fc from 'fast-check'
import { claim, claimEqual } from '../../claims.ts'
import type { LawProperty } from '../../law.ts'
import { openSubject, type StateUnderTest } from '../../subject.ts'

/** If a registry never ended a chain, the test would not end either. */
const GIVE_UP = 400

/** A listener that answers each transition with another one is finally unsubscribed. */
export const pingPongEnds: LawProperty = make =>
  fc.property(fc.constantFrom('mcp:fs', 'claude:session-1'), fc.boolean(), (key, onState) => {
    const { registry, lines } = openSubject(make)
    const state = registry.scope(key)
    const heard: WedgeChange[] = []
    let calls = 0
    registry.on('change', event => heard.push(event))
    const source: Pick<StateUnderTest, 'on'> = onState ? state : registry
    source.on('change', ({ type }) => {
      if (++calls > GIVE_UP) return
      if (type === 'wedged') state.clear()
      else state.mark('again')
    })
    const { version } = registry.snapshot()
    state.mark('first')
    // Whether the transition that is one too many still takes place is left open.
    claim(heard.length >= 100 && heard.length <= 102, `a ping-pong ended after ${heard.length} transitions, not 100`)
    const versions = heard.map(event => event.version)
    claimEqual(
      'versions of the ping-pong',
      versions,
      versions.map((_, index) => version + 1 + index),
    )
    claimEqual('the last version', versions.at(-1), registry.snapshot().version)
    const told = lines.some(({ level, message, fields }) => {
      const text = fc.stringify({ message, fields })
      return level === 'error' && text.includes('change') && text.includes(key)
    })
    claim(told, `no error line names the event "change" and the scope "${key}" of the ping-pong`)
    calls = 0
    if (!state.clear()) state.mark('later')
    claim(calls === 0, 'the listener that made the chain is still subscribed')
    claimEqual('the events of the other listener', heard.length, versions.length + 1)
  })

/** A shorter chain is left alone, and so is its listener. */
export const shortChainsGoOn: LawProperty = make =>
  fc.property(fc.integer({ min: 1, max: 90 }), length => {
    const { registry } = openSubject(make)
    const state = registry.scope('a')
    let calls = 0
    registry.on('change', ({ type }) => {
      if (++calls > length) return
      if (type === 'wedged') state.clear()
      else state.mark('again')
    })
    state.mark('first')
    claimEqual('the transitions of a chain', calls, length + 1)
    if (!state.clear()) state.mark('later')
    claimEqual('the transitions after a chain', calls, length + 2)
  })

/** One event may make any number of transitions. */
export const fanOutIsNoChain: LawProperty = make =>
  fc.property(fc.integer({ min: 100, max: 160 }), width => {
    const { registry } = openSubject(make)
    const heard: string[] = []
    registry.on('change', ({ scope, type }) => {
      heard.push(scope)
      if (scope !== 'default' || type !== 'wedged') return
      for (let index = 0; index < width; index++) registry.scope(`executor ${index}`).mark('the network is gone')
    })
    registry.default.mark('the network is gone')
    claimEqual('the events of a fan-out', heard.length, 1 + width)
    registry.default.clear()
    claimEqual('the events after a fan-out', heard.length, 2 + width)
  })

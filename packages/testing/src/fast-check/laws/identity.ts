import fc from 'fast-check'
import { scopeKey } from '../arbitraries.ts'
import { claim, claimEqual, claimTypeError } from '../claims.ts'
import type { Law, LawProperty } from '../law.ts'
import { openSubject } from '../subject.ts'

const oneHandlePerKey: LawProperty = make =>
  fc.property(fc.uniqueArray(scopeKey(), { maxLength: 8 }), keys => {
    const { registry } = openSubject(make)
    claimEqual('size of a fresh registry', registry.size, 1)
    claim(registry.scope('default') === registry.default, 'scope("default") is another handle than default')
    const states = keys.map(key => {
      claimEqual(`has(${fc.stringify(key)}) before scope()`, registry.has(key), false)
      return registry.scope(key)
    })
    keys.forEach((key, index) => {
      const state = states[index]!
      claim(registry.scope(key) === state, `scope(${fc.stringify(key)}) is another handle the second time`)
      claimEqual('state.scope', state.scope, key)
      claimEqual(`has(${fc.stringify(key)})`, registry.has(key), true)
    })
    claimEqual('size', registry.size, 1 + keys.length)
    const inOrder = Array.from(registry)
    claimEqual('the number of states', inOrder.length, 1 + keys.length)
    const expected = [registry.default, ...states]
    claim(
      inOrder.every((state, index) => state === expected[index]),
      'iteration does not give every state in order of creation',
    )
  })

const badKey = fc.constantFrom<unknown>('', undefined, null, 0, 1, NaN, true, Symbol('s'), {}, ['a'], () => 'a')

const badKeysAreNamed: LawProperty = make =>
  fc.property(badKey, bad => {
    const { registry } = openSubject(make)
    const key = bad as string
    // `String(object)` can be anything, and an empty string shows as nothing: then the message may say what it is.
    const words = bad === '' ? ['""', "''", 'empty', 'string'] : [typeof bad, String(bad)]
    if (Array.isArray(bad)) words.push('array')
    if (bad === null) words.push('null')
    let ran = false
    claimTypeError(`scope(${fc.stringify(bad)})`, () => registry.scope(key), words)
    const runs = (): void => {
      ran = true
    }
    claimTypeError(`run(${fc.stringify(bad)}, fn)`, () => registry.run(key, runs), words)
    claim(!ran, `run(${fc.stringify(bad)}, fn) called fn`)
    claimEqual('size', registry.size, 1)
  })

/** Law 4: one handle per key. */
export const identity: Law = { number: 4, name: 'identity', properties: [oneHandlePerKey, badKeysAreNamed] }

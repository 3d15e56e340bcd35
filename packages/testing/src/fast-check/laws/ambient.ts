import fc from 'fast-check'
import { scopeKey } from '../arbitraries.ts'
import { claim, claimEqual } from '../claims.ts'
import type { Law, LawProperty } from '../law.ts'
import { openSubject } from '../subject.ts'

/** Nested and side by side: each `run` sees its own scope, before and after every `await`. */
const currentFollowsTheCode: LawProperty = make =>
  fc.asyncProperty(fc.array(fc.tuple(scopeKey(), scopeKey()), { minLength: 1, maxLength: 4 }), async pairs => {
    const { registry } = openSubject(make)
    const other = openSubject(make).registry
    const claimCurrent = (key: string): void =>
      claim(registry.current === registry.scope(key), `current is not the state of ${fc.stringify(key)}`)
    claimCurrent('default')
    const runs = pairs.map(([outer, inner], index) =>
      registry.run(outer, async () => {
        claimCurrent(outer)
        claim(other.current === other.default, "current of a registry is the state of another's ambient scope")
        await undefined
        const value = await registry.run(inner, async () => {
          claimCurrent(inner)
          await undefined
          claimCurrent(inner)
          return index
        })
        claimCurrent(outer)
        other.run(inner, () => claimCurrent('default'))
        return value
      }),
    )
    claimCurrent('default')
    claimEqual(
      'what the runs resolve with',
      await Promise.all(runs),
      pairs.map((_, index) => index),
    )
    claimCurrent('default')
  })

const runIsTransparent: LawProperty = make =>
  fc.property(scopeKey(), fc.array(fc.integer(), { maxLength: 3 }), (key, args) => {
    const { registry } = openSubject(make)
    const thrown = new Error('thrown inside')
    let caught: unknown
    claimEqual(
      'what run() returns',
      registry.run(key, () => args),
      args,
    )
    try {
      registry.run(key, () => {
        throw thrown
      })
    } catch (error) {
      caught = error
    }
    claim(caught === thrown, 'run() does not throw what its function threw')
    claim(registry.current === registry.default, 'the ambient scope outlives run()')
    const bound = registry.bind(key, (...given: number[]) => [given, registry.current === registry.scope(key)])
    claimEqual('a bound function', bound(...args), [args, true])
    claim(registry.current === registry.default, 'the ambient scope outlives a bound function')
  })

const runBindsToTheState: LawProperty = make =>
  fc.property(scopeKey(), fc.boolean(), (key, again) => {
    const { registry } = openSubject(make)
    const bound = registry.bind(key, () => registry.current.mark('from a bound function'))
    registry.run(key, () => {
      claim(registry.has(key), 'run() did not add the scope')
      registry.release(key)
      if (again) registry.scope(key)
      claimEqual('mark() inside run() after a release', registry.current.mark('too late'), false)
      claimEqual('mark() of a bound function after a release', bound(), false)
    })
    claimEqual('isWedged()', registry.isWedged(), false)
  })

const listenersRunOutside: LawProperty = make =>
  fc.property(scopeKey(), scopeKey(), (ambientKey, key) => {
    const { registry } = openSubject(make)
    const outside: boolean[] = []
    const look = (): number => outside.push(registry.current === registry.default)
    for (const event of ['change', 'aggregate', 'scopes'] as const) registry.on(event, look)
    registry.scope(key).on('change', look)
    registry.run(ambientKey, () => {
      registry.scope(key).mark('inside')
      registry.on('change', look, { initial: true })
      registry.scope(key).clear()
      claim(registry.current === registry.scope(ambientKey), 'a delivery changed the ambient scope of its caller')
    })
    claim(outside.length >= 6 && !outside.includes(false), 'a listener was called inside an ambient scope')
  })

export const ambient: Law = {
  number: 11,
  name: 'the original API',
  properties: [currentFollowsTheCode, runIsTransparent, runBindsToTheState, listenersRunOutside],
}

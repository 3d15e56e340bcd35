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

/** What is done step by step stays in the scope of its `run`, even if code outside resumes it when the run is over. */
const LAZY: Readonly<Record<string, (step: () => void) => Iterator<unknown> | AsyncIterator<unknown>>> = {
  *generator(step) {
    try {
      for (;;) yield step()
    } finally {
      step()
    }
  },
  async *'async generator'(step) {
    try {
      for (;;) {
        await undefined
        yield step()
      }
    } finally {
      step()
    }
  },
  iterator: step => ({
    next: () => ({ done: false, value: step() }),
    return: () => ({ done: true, value: step() }),
  }),
}

const lazyResultsRunInside: LawProperty = make =>
  fc.asyncProperty(scopeKey(), fc.constantFrom(...Object.keys(LAZY)), fc.nat(3), async (key, kind, rounds) => {
    const { registry } = openSubject(make)
    const inside: boolean[] = []
    const result = registry.run(key, () => LAZY[kind]!(() => inside.push(registry.current === registry.scope(key))))
    for (let round = 0; round <= rounds; round++) {
      await result.next()
      claim(registry.current === registry.default, `the ambient scope outlives a step of an ${kind}`)
    }
    await result.return?.()
    claimEqual(`whether the steps of an ${kind} run in its scope`, inside, Array(rounds + 2).fill(true))
  })

const foreignCodeRunsOutside: LawProperty = make =>
  fc.property(scopeKey(), scopeKey(), (ambientKey, key) => {
    const calls: { readonly of: string; readonly outside: boolean }[] = []
    const { registry } = openSubject(make, { onLine: () => look('the logger') })
    function look(of: string): void {
      calls.push({ of, outside: registry.current === registry.default })
    }
    const state = registry.scope(key)
    const hear = (): void => look('a listener')
    for (const event of ['change', 'aggregate', 'scopes'] as const) registry.on(event, hear)
    state.on('change', hear)
    state.signal.addEventListener('abort', () => look('an abort listener'))
    registry.run(ambientKey, () => {
      const { current } = registry
      state.mark('inside')
      registry.on('change', hear, { initial: true })
      state.clear()
      state.release()
      state.mark('too late')
      claim(registry.current === current, 'a delivery changed the ambient scope of its caller')
    })
    const inside = calls.find(({ outside }) => !outside)
    claim(inside === undefined, `${inside?.of} was called inside an ambient scope`)
    const called = Array.from(new Set(calls.map(({ of }) => of))).sort()
    claimEqual('who was called', called, ['a listener', 'an abort listener', 'the logger'])
  })

/** The part of law 11 that a registry has: `run`, `bind` and `current`. */
export const ambient: Law = {
  number: 11,
  name: 'the original API',
  properties: [
    currentFollowsTheCode,
    runIsTransparent,
    runBindsToTheState,
    lazyResultsRunInside,
    foreignCodeRunsOutside,
  ],
}

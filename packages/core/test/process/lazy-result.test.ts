import { clearWedge, isWedged, markWedged, WedgeRegistry } from '@runtime-wedge/core'
import { beforeEach, describe, expect, it } from 'vitest'

let registry: WedgeRegistry
beforeEach(() => {
  registry = new WedgeRegistry({ logger: { error() {}, warn() {}, info() {} } })
})

/** Where code runs, told by what it marks: `"a"`, or nothing if it runs in no scope of this registry. */
const wedged = (): string[] => registry.snapshot().scopes.map(({ scope }) => scope)
const asks = (): string => registry.current.scope

async function* asyncScopes(): AsyncGenerator<string> {
  yield asks()
  await null
  yield asks()
}
function* scopes(): Generator<string> {
  yield asks()
  yield asks()
}

const ways: [string, (fn: () => never) => never][] = [
  ['run', fn => registry.run('a', fn)],
  ['bind', fn => registry.bind('a', fn)()],
]

describe.each(ways)('what a function called by %s returns, and what runs later, runs in the scope:', (_, call) => {
  const inScope = <T>(fn: () => T): T => call(fn as () => never) as T
  const both = ['a', 'a']

  it('an async generator', async () => {
    const seen: string[] = []
    for await (const scope of inScope(asyncScopes)) seen.push(scope)
    expect(seen).toEqual(both)
  })

  it('a generator, also spread and destructured', () => {
    expect([...inScope(scopes)]).toEqual(both)
    const [first] = inScope(scopes)
    expect(first).toBe('a')
  })

  it('a promise of an async generator', async () => {
    const seen: string[] = []
    for await (const scope of await inScope(async () => asyncScopes())) seen.push(scope)
    expect(seen).toEqual(both)
  })

  it('an iterable whose iterators are made later, each of them', async () => {
    const iterable = inScope(() => ({ [Symbol.asyncIterator]: asyncScopes, [Symbol.iterator]: scopes }))
    for (let turn = 0; turn < 2; turn++) {
      const seen: string[] = []
      for await (const scope of iterable) seen.push(scope)
      expect([seen, [...iterable]]).toEqual([both, both])
    }
  })

  it('an iterator that is not iterable', () => {
    const iterator = inScope(() => ({ next: () => ({ done: false, value: asks() }), return: () => asks() }))
    expect([iterator.next().value, iterator.return()]).toEqual(both)
  })

  it('the end of a generator that is left, or thrown into', async () => {
    const ended: string[] = []
    const source = async function* (): AsyncGenerator<string> {
      try {
        yield asks()
      } finally {
        ended.push(asks())
      }
    }
    for await (const _ of inScope(source)) break
    const iterator = inScope(source)
    await iterator.next()
    await expect(iterator.throw(new Error('stop'))).rejects.toThrow('stop')
    expect(ended).toEqual(both)
  })

  it('a thenable that begins its work when it is awaited', async () => {
    const query = inScope(() => ({
      // biome-ignore lint/suspicious/noThenProperty: it is what lazy clients return
      then: (resolve: (scope: string) => void) => resolve(asks()),
    }))
    expect(await query).toBe('a')
  })

  it('a promise of a class of its own, whose methods stay', async () => {
    class Request extends Promise<string> {
      cancel(): string {
        return 'cancelled'
      }
    }
    const request = inScope(() => new Request(resolve => resolve('done')))
    expect([request instanceof Request, request.cancel(), await request]).toEqual([true, 'cancelled', 'done'])
  })
})

it('a class bound to a scope is made in it, and its instances are of that class', () => {
  class Client {
    readonly scope = asks()
  }
  const Bound = registry.bind('a', Client)
  const client = new Bound()
  expect([client.scope, client instanceof Client, Bound.name]).toEqual(['a', true, 'Client'])
})

it('marks and clears of a legacy generator reach its own scope, and no other', async () => {
  registry.default.mark('really wedged')
  const legacy = async function* (): AsyncGenerator<boolean> {
    markWedged('init timed out')
    yield isWedged()
    clearWedge()
    yield isWedged()
  }
  const iterator = registry.run('hermes', () => legacy())
  expect([(await iterator.next()).value, wedged()]).toEqual([true, ['default', 'hermes']])
  expect([(await iterator.next()).value, wedged()]).toEqual([false, ['default']])
})

it('leaves alone what runs no code later, and what cannot be changed', async () => {
  const values = [1, 'text', null, undefined, [1, 2], new Map([[1, 2]]), new Set([1]), new Uint8Array(2), () => 1]
  for (const value of values) {
    expect(registry.run('a', () => value)).toBe(value)
    expect(Reflect.ownKeys(Object(value))).toEqual(Reflect.ownKeys(Object(value)))
  }
  const list = [1, 2]
  registry.run('a', () => list)
  expect(Object.getOwnPropertySymbols(list)).toEqual([])

  const frozen = Object.freeze({ next: () => ({ done: true, value: asks() }) })
  expect(registry.run('a', () => frozen)).toBe(frozen)
  expect(frozen.next().value).toBe('default')
  const closed = new Proxy(
    {},
    {
      get() {
        throw new Error('look at nothing')
      },
    },
  )
  expect(registry.run('a', () => closed)).toBe(closed)
})

it('the same iterator stays in the scope that first returned it', () => {
  const iterator = registry.run('a', () => scopes())
  expect(registry.run('b', () => iterator)).toBe(iterator)
  expect(iterator.next().value).toBe('a')
})

it('a rejection is the same error, and unhandled only if no one handles it', async () => {
  const error = new Error('its own')
  await expect(registry.run('a', async () => Promise.reject(error))).rejects.toBe(error)
  const unhandled: unknown[] = []
  const note = (reason: unknown): number => unhandled.push(reason)
  process.on('unhandledRejection', note)
  registry.run('a', async () => Promise.reject(error)).catch(() => {})
  await new Promise(resolve => setTimeout(resolve, 5))
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

it('keeps what hangs on a promise, such as the child of a promisified execFile', async () => {
  const child = registry.run('a', () => Object.assign(Promise.resolve('done'), { child: { pid: 1 } }))
  expect([child.child, await child]).toEqual([{ pid: 1 }, 'done'])
})

it('a promise of a class of its own, which begins its work when it is awaited, does not begin it sooner', async () => {
  const begun: string[] = []
  class Query extends Promise<string> {
    static override get [Symbol.species](): PromiseConstructor {
      return Promise
    }
    // biome-ignore lint/suspicious/noThenProperty: it is what lazy clients return
    override then<A, B>(...reactions: Parameters<Promise<string>['then']>): Promise<A | B> {
      begun.push(registry.current.scope)
      return super.then(...reactions) as Promise<A | B>
    }
  }
  const query = registry.run('a', () => new Query(resolve => resolve('rows')))
  expect(begun).toEqual([])
  expect([await query, begun]).toEqual(['rows', ['a']])
})

it('what an iterator gives is passed on as it is', () => {
  const step = Promise.resolve({ done: true as const, value: undefined })
  const iterator = registry.run('a', () => ({ next: () => step }))
  expect(iterator.next()).toBe(step)
})

it('an object that was returned can be changed as before', () => {
  const iterator: { next?: () => string } = registry.run('a', () => ({ next: () => 'first' }))
  iterator.next = () => 'second'
  expect(iterator.next()).toBe('second')
  delete iterator.next
  expect(iterator).toEqual({})
})

it('what an SDK promise or a thenable resolves to, as a stream, runs in the scope', async () => {
  class Request<T> extends Promise<T> {}
  const thenable = {
    // biome-ignore lint/suspicious/noThenProperty: it is what lazy clients return
    then: (resolve: (stream: AsyncGenerator<string>) => void) => resolve(asyncScopes()),
  }
  const streams = [
    await registry.run('a', () => new Request<AsyncGenerator<string>>(resolve => resolve(asyncScopes()))),
    await registry.run('a', () => thenable),
  ]
  for (const stream of streams) {
    const seen: string[] = []
    for await (const scope of stream) seen.push(scope)
    expect(seen).toEqual(['a', 'a'])
  }
})

it('never throws for what was returned, whatever that is', () => {
  const revoked = Proxy.revocable({}, {})
  revoked.revoke()
  const fail = (): never => {
    throw new Error('look at nothing')
  }
  const hostile = [
    revoked.proxy,
    new Proxy({}, { getPrototypeOf: fail }),
    Object.defineProperty(Promise.resolve(), 'constructor', { get: fail }),
  ]
  for (const value of hostile) expect(registry.run('a', () => value) === value).toBe(true)
})

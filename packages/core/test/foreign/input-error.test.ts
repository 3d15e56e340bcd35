import { type WedgeListenOptions, WedgeRegistry } from '@runtime-wedge/core'
import { expect, it } from 'vitest'

const refused = (given: unknown) => () => new WedgeRegistry({ now: given as () => number })

it.each<[string, unknown, string]>([
  ['a string as it was written', 'ti"ck', '"ti\\"ck"'],
  ['no more than 100 characters of a string', 'x'.repeat(101), `"${'x'.repeat(100)}"`],
  ['an address without its user name and password', 'https://me:hunter2@host/a', '"https://…@host/a"'],
  ['a number', 7.5, '7.5'],
  ['a bigint as one', 7n, '7n'],
  ['a symbol', Symbol('tick'), 'Symbol(tick)'],
  ['null', null, 'null'],
  ['an array by its kind', ['hunter2'], 'an array'],
  ['a promise by its kind', Promise.resolve('hunter2'), 'a promise'],
  ['an object by its kind', { toJSON: () => 'hunter2' }, 'an object'],
])('an error for bad input shows %s', (_, given, shown) => {
  expect(refused(given)).toThrow(
    new TypeError(`new WedgeRegistry({ now }) needs a function, got ${shown}. Leave it out for Date.now.`),
  )
})

it('an error for bad input shows a function where none belongs', () => {
  const registry = new WedgeRegistry()
  expect(() => registry.scope((() => 'a') as never)).toThrow('scope(key) needs a non-empty string, got a function.')
  const options: WedgeListenOptions = { signal: (() => {}) as never }
  expect(() => registry.on('change', () => {}, options)).toThrow('needs an AbortSignal, got a function.')
})

import { resetForTest } from '@runtime-wedge/testing'
import { expect, it } from 'vitest'

it.each<[string, unknown, string]>([
  ['a string as it was written', 'regi"stry', '"regi\\"stry"'],
  ['no more than 100 characters of a string', 'x'.repeat(101), `"${'x'.repeat(100)}"`],
  ['a number', 7.5, '7.5'],
  ['a bigint as one', 7n, '7n'],
  ['a boolean', true, 'true'],
  ['null', null, 'null'],
  ['an array by its kind', ['hunter2'], 'an array'],
  ['an object by its kind', { toJSON: () => 'hunter2' }, 'an object'],
  ['a function by its kind', () => 'hunter2', 'a function'],
])('an error for bad input shows %s', (_, given, shown) => {
  expect(() => resetForTest(given as never)).toThrow(
    new TypeError(
      `resetForTest(registry) needs a WedgeRegistry of @runtime-wedge/core, got ${shown}. Leave it out for the default registry.`,
    ),
  )
})

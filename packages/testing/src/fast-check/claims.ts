import { stringify } from 'fast-check'

/** @throws Error that says what is broken, unless it holds */
export function claim(holds: boolean, broken: string): asserts holds {
  if (!holds) throw new Error(broken)
}

/** @throws Error with both values, unless they are deeply equal */
export function claimEqual(what: string, actual: unknown, expected: unknown): void {
  if (!isEqual(actual, expected)) throw new Error(`${what}: expected ${stringify(expected)}, got ${stringify(actual)}`)
}

/** @throws Error with both values, unless `actual` is deeply equal in all that `expected` has: fields may have been added */
export function claimLike(what: string, actual: unknown, expected: unknown): void {
  claimEqual(what, likeness(actual, expected), expected)
}

/** @throws Error unless `act` throws a TypeError whose message has one of `words` */
export function claimTypeError(what: string, act: () => unknown, words?: readonly string[]): void {
  let thrown: unknown
  try {
    act()
  } catch (error) {
    thrown = error
  }
  const { name, message } = (thrown ?? {}) as Partial<Error>
  claim(
    name === 'TypeError',
    `${what}: expected a TypeError, got ${thrown === undefined ? 'no error' : stringify(thrown)}`,
  )
  claim(
    words === undefined || words.some(word => message?.includes(word)),
    `${what}: expected the TypeError to name what it got, but its message is ${stringify(message)}`,
  )
}

/** Deep equality of plain data; any other object equals only itself. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (!isPlain(a) || !isPlain(b) || Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every(key => Object.hasOwn(b, key) && isEqual(a[key], b[key]))
}

/** The part of `actual` that `expected` has too. */
function likeness(actual: unknown, expected: unknown): unknown {
  if (!isPlain(actual) || !isPlain(expected)) return actual
  if (Array.isArray(actual)) return actual.map((entry, index) => likeness(entry, expected[index]))
  const known = Object.keys(expected).filter(key => Object.hasOwn(actual, key))
  return Object.fromEntries(known.map(key => [key, likeness(actual[key], expected[key])]))
}

/** Whether a value, and all that it holds, cannot be changed. */
export function isDeepFrozen(value: unknown): boolean {
  return (
    typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(isDeepFrozen))
  )
}

/** Lets every promise that has settled reach those who wait for it. Uses no timer, which may be a fake one. */
export async function microtasks(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await undefined
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null
}

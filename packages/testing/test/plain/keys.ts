/** Looks like a Map, but is an object, which has some keys from the beginning. */
export function plainObjectMap<Value>(): Map<string, Value> {
  const entries: Record<string, Value> = {}
  return Object.assign(new Map<string, Value>(), {
    get: (key: string) => entries[key],
    set: (key: string, value: Value) => {
      entries[key] = value
    },
    has: (key: string) => key in entries,
    delete: (key: string) => delete entries[key],
    values: () => Object.values(entries).values(),
  })
}

/** Makes an id that tells two heartbeats apart, in whatever process they run; also where `crypto` has no `randomUUID`. */
export function instanceId(): string {
  const { crypto } = globalThis as { readonly crypto?: { randomUUID?(): string } }
  if (crypto?.randomUUID) return crypto.randomUUID()
  return Array.from({ length: 3 }, () => Math.random().toString(36).slice(2)).join('-')
}

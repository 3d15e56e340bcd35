import type { QueryOptions } from './sdk.ts'

type Callback = (...args: unknown[]) => unknown

/** Options of the SDK in which Claude Code waits for the host, or its user; hooks are nested in events and matchers. */
const CALLBACKS = ['canUseTool', 'onElicitation', 'onUserDialog', 'hooks']

/**
 * The same options, with each call of the host's callbacks announced.
 *
 * @param onCall called when a call begins; returns a function that is called when it ends
 */
export function watchCallbacks(options: QueryOptions, onCall: () => () => void): QueryOptions {
  const watched: Record<string, unknown> = { ...options }
  for (const name of CALLBACKS) if (watched[name]) watched[name] = watch(watched[name], onCall)
  return watched
}

function watch(value: unknown, onCall: () => () => void): unknown {
  if (Array.isArray(value)) return value.map(inner => watch(inner, onCall))
  if (typeof value === 'function') {
    return async (...args: unknown[]) => {
      const onEnd = onCall()
      try {
        return await (value as Callback)(...args)
      } finally {
        onEnd()
      }
    }
  }
  if (Object(value) !== value) return value
  return Object.fromEntries(Object.entries(value as object).map(([name, inner]) => [name, watch(inner, onCall)]))
}

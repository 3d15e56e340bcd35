import type { GuardOptions } from '../../guard/index.ts'

/** An adapter's hooks: they always give a reason, but may leave the verdict to the guard. */
export interface Hooks {
  readonly classify: NonNullable<GuardOptions['classify']>
  readonly describe: (...args: Parameters<NonNullable<GuardOptions['describe']>>) => string
}

/** The host's own hooks, and behind them an adapter's. A host's hook that throws counts as one that returned `undefined`. */
export function hostHooksFirst(host: GuardOptions, own: Hooks): Hooks {
  return {
    classify(error, context) {
      try {
        const verdict = host.classify?.(error, context)
        if (verdict) return verdict
      } catch {
        // As if it had returned undefined.
      }
      return own.classify(error, context)
    },
    describe(error, context) {
      const reason = own.describe(error, context)
      try {
        const described: unknown = host.describe?.(error, { ...context, reason })
        return typeof described === 'string' && described ? described : reason
      } catch {
        return reason
      }
    },
  }
}

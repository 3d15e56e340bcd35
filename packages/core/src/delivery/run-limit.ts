/** A chain of transitions, each made by foreign code of the one before, ends here. So does `initial` inside `initial`. */
const CHAIN_LIMIT = 100
/** So far runs of foreign code are only counted. */
const FREE_GENERATIONS = 5
/** Foreign code that multiplies would run 2 ** 100 times before its chain ends. After this many runs it ends too. */
const RUN_LIMIT = 100_000

/** The limits, in the words of a log line. */
export const AFTER: Readonly<Record<'chain' | 'initial' | 'runs', string>> = {
  chain: `after a chain of ${CHAIN_LIMIT} transitions`,
  initial: `after ${CHAIN_LIMIT} subscriptions with "initial", each made inside the one before`,
  runs: 'after 100,000 calls that made one another',
}

/**
 * Tells foreign code that goes on forever from a wide fan-out, which is one run that begins much. Where a run stands is told
 * by the generation of its transition, and by how many `initial` deliveries it is inside of.
 */
export class RunLimit {
  /** Runs that began more. Those of the first generations say how wide all later ones may be. */
  #free = 0
  #counted = 0

  /** The limit that foreign code has reached, in words. */
  reached(generation: number, initialDepth: number): string | undefined {
    if (generation + initialDepth <= FREE_GENERATIONS) return undefined
    if (generation >= CHAIN_LIMIT) return AFTER.chain
    if (initialDepth >= CHAIN_LIMIT) return AFTER.initial
    return this.#counted < Math.max(RUN_LIMIT, CHAIN_LIMIT * this.#free) ? undefined : AFTER.runs
  }

  /** A run of foreign code has begun transitions or `initial` deliveries. */
  count(generation: number, initialDepth: number): void {
    if (generation + initialDepth <= FREE_GENERATIONS) this.#free++
    else this.#counted++
  }

  reset(): void {
    this.#free = this.#counted = 0
  }
}

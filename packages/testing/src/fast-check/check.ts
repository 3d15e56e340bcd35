import fc from 'fast-check'
import type { Law, LawNumber, LawProperty } from './law.ts'
import { aggregate } from './laws/aggregate.ts'
import { ambient } from './laws/ambient.ts'
import { attempts } from './laws/attempts.ts'
import { firstWriteWins } from './laws/first-write-wins.ts'
import { identity } from './laws/identity.ts'
import { independence } from './laws/independence.ts'
import { neverThrows } from './laws/never-throws.ts'
import { oneOrder } from './laws/one-order/index.ts'
import { release } from './laws/release.ts'
import { signal } from './laws/signal.ts'
import { silence } from './laws/silence.ts'
import type { MakeRegistry } from './subject.ts'

/** A law comes after those that its properties lean on, so that the law that is named is the one that is broken. */
const LAWS: readonly Law[] = [
  identity,
  firstWriteWins,
  independence,
  silence,
  aggregate,
  attempts,
  release,
  signal,
  neverThrows,
  ambient,
  oneOrder,
]

export interface WedgeLawsOptions {
  /** How many runs each property gets; 100 by default. */
  readonly numRuns?: number | undefined
  /** Makes the runs those of an earlier check: its error tells the seed. */
  readonly seed?: number | undefined
  /** Which laws to check; all by default. */
  readonly laws?: readonly LawNumber[] | undefined
}

/**
 * Checks that a registry obeys the laws of wedges, through its public interface alone: laws 1 to 7, 9, 10, 12, and of law 11
 * what concerns `run`, `bind` and `current`. Checks nothing that the laws leave open.
 *
 * @param make gives a fresh registry each time
 * @returns a promise that rejects with the first law that is broken: its message begins `law N (name):` and holds a
 * shrunk counterexample
 * @throws TypeError for a `make` that is no function, or a law that there is not
 */
export async function checkWedgeLaws(make: MakeRegistry, options: WedgeLawsOptions = {}): Promise<void> {
  if (typeof make !== 'function') {
    throw new TypeError(`checkWedgeLaws(make) needs a function that gives a fresh registry, got ${typeof make}.`)
  }
  for (const law of chosen(options.laws)) {
    for (const property of law.properties) await checkProperty(law, property, make, options)
  }
}

function chosen(numbers: readonly LawNumber[] | undefined): readonly Law[] {
  const unknown = numbers?.find(number => !LAWS.some(law => law.number === number))
  if (unknown === undefined) return LAWS.filter(({ number }) => numbers?.includes(number) ?? true)
  const known = LAWS.map(({ number }) => number).sort((a, b) => a - b)
  throw new TypeError(`checkWedgeLaws(make, { laws }) knows the laws ${known.join(', ')}, got ${String(unknown)}.`)
}

async function checkProperty(
  { number, name }: Law,
  property: LawProperty,
  make: MakeRegistry,
  { numRuns = 100, seed }: WedgeLawsOptions,
): Promise<void> {
  const details = await fc.check(property(make), seed === undefined ? { numRuns } : { numRuns, seed })
  if (!details.failed) return
  const { errorInstance: error, counterexample, numShrinks } = details
  const broken = error instanceof Error ? error.message : fc.stringify(error)
  const again = `{ laws: [${number}], seed: ${details.seed}, numRuns: ${numRuns} }`
  throw new Error(
    `law ${number} (${name}): ${broken}\nCounterexample, shrunk ${numShrinks} times: ${fc.stringify(counterexample)}\nAgain: checkWedgeLaws(makeRegistry, ${again})`,
    { cause: error },
  )
}

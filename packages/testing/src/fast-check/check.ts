import fc from 'fast-check'
import { inputError } from '../input-error.ts'
import type { Law, LawNumber, LawProperty } from './law.ts'
import { LAWS } from './laws/index.ts'
import type { MakeRegistry } from './subject.ts'

/** Options of {@link checkWedgeLaws}. */
export interface WedgeLawsOptions {
  /**
   * How many runs each property gets.
   *
   * @default 100
   */
  readonly numRuns?: number | undefined
  /**
   * Repeats the runs of an earlier check, whose error names this seed.
   *
   * @default a new one each time
   */
  readonly seed?: number | undefined
  /**
   * Which laws to check.
   *
   * @default all of them
   */
  readonly laws?: readonly LawNumber[] | undefined
}

/**
 * Checks that a registry obeys the laws of wedges, through its public interface alone: laws 1 to 7, 9, 10, 12, the part of
 * law 11 about `run`, `bind` and `current`, and law 13 if the registry's states have `proven`. Never checks what the laws
 * leave open.
 *
 * @param make gives a fresh registry each time
 * @returns a promise that rejects with the first broken law: its message begins with `law N (name):`, and has a shrunk
 * counterexample
 * @throws TypeError if `make` is not a function, or for the number of a law that is not among these
 */
export async function checkWedgeLaws(make: MakeRegistry, options: WedgeLawsOptions = {}): Promise<void> {
  if (typeof make !== 'function') {
    const wayOut = 'Pass ({ logger, now }) => new WedgeRegistry({ logger, now }), or the like.'
    throw inputError('checkWedgeLaws(make)', 'a function that gives a fresh registry', make, wayOut)
  }
  for (const law of chosen(options.laws)) {
    for (const property of law.properties) await checkProperty(law, property, make, options)
  }
}

function chosen(numbers: readonly LawNumber[] | undefined): readonly Law[] {
  const known = LAWS.map(({ number }) => number).sort((a, b) => a - b)
  const unknown = numbers?.find(number => !known.includes(number))
  if (unknown === undefined) return LAWS.filter(({ number }) => numbers?.includes(number) ?? true)
  const rule = `only the laws ${known.join(', ')}`
  throw inputError('checkWedgeLaws(make, { laws })', rule, unknown, 'Leave it out for all of them.')
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

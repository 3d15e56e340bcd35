import type { Law } from '../law.ts'
import { aggregate } from './aggregate.ts'
import { ambient } from './ambient.ts'
import { attempts } from './attempts.ts'
import { evidence } from './evidence.ts'
import { firstWriteWins } from './first-write-wins.ts'
import { identity } from './identity.ts'
import { independence } from './independence.ts'
import { neverThrows } from './never-throws.ts'
import { oneOrder } from './one-order/index.ts'
import { release } from './release.ts'
import { signal } from './signal.ts'
import { silence } from './silence.ts'

/**
 * The laws in the order in which they are checked: each comes after those that its properties lean on, so that the law
 * which the error names is the broken one.
 *
 * To add a law: a file in this folder, its number in `LawNumber` (law.ts), an entry here, flaws that break it in
 * test/plain/flaws.ts, and its number in core's test/properties/laws.test.ts. To add a property to a law: its function in
 * the law's `properties`, and a flaw that it alone finds.
 */
export const LAWS: readonly Law[] = [
  identity,
  firstWriteWins,
  independence,
  silence,
  aggregate,
  attempts,
  release,
  signal,
  neverThrows,
  evidence,
  ambient,
  oneOrder,
]

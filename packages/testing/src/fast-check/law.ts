import type { IRawProperty } from 'fast-check'
import type { MakeRegistry } from './subject.ts'

/** The numbers of the laws that can be checked through the public interface alone. */
export type LawNumber = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 9 | 10 | 11 | 12 | 13

/** A law of the design, as properties. laws/index.ts says how to add one. */
export interface Law {
  readonly number: LawNumber
  readonly name: string
  readonly properties: readonly LawProperty[]
}

/** A property that every correct registry has. It makes a fresh registry for every run. */
export type LawProperty = (make: MakeRegistry) => IRawProperty<unknown>

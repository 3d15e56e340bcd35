import type { IRawProperty } from 'fast-check'
import type { MakeRegistry } from './subject.ts'

/** The laws that the public interface alone can show. */
export type LawNumber = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 9 | 10 | 11 | 12

export interface Law {
  readonly number: LawNumber
  readonly name: string
  readonly properties: readonly LawProperty[]
}

/** A property that every correct registry has. Each gives its registry fresh to every run. */
export type LawProperty = (make: MakeRegistry) => IRawProperty<unknown>

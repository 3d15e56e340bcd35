import type { WedgeAggregate, WedgeAggregateChange } from '@runtime-wedge/core'
import type { Flaw } from './flaws.ts'
import type { PlainState } from './state.ts'

const HEALTHY: WedgeAggregate = Object.freeze({ wedged: false, reason: '', scope: null, since: null, count: 0 })

/** @param wedged in order of marking */
export function primaryOf(wedged: readonly PlainState[], flaw: Flaw | undefined): PlainState | undefined {
  if (flaw === 'the newest is the primary') return wedged.at(-1)
  if (flaw !== 'the primary by the clock') return wedged[0]
  return [...wedged].sort((a, b) => a.wedge!.since - b.wedge!.since)[0]
}

export function aggregateOf(wedged: readonly PlainState[], flaw: Flaw | undefined): WedgeAggregate {
  const primary = primaryOf(wedged, flaw)
  if (primary === undefined) return HEALTHY
  const { scope, wedge } = primary
  return Object.freeze({ wedged: true, reason: wedge!.reason, scope, since: wedge!.since, count: wedged.length })
}

/** What a transition says of the aggregate. */
export function aggregateChanges(
  previous: WedgeAggregate,
  current: WedgeAggregate,
  isSamePrimary: boolean,
  flaw: Flaw | undefined,
): Omit<WedgeAggregateChange, 'at' | 'version'>[] {
  if (previous.wedged !== current.wedged) return [{ changed: 'flag', previous, current }]
  if (isSamePrimary && flaw !== 'aggregate events of the count') return []
  if (flaw !== 'the flag flickers') return [{ changed: 'primary', previous, current }]
  return [
    { changed: 'flag', previous, current: HEALTHY },
    { changed: 'flag', previous: HEALTHY, current },
  ]
}

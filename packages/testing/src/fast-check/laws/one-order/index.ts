import type { Law } from '../../law.ts'
import { fanOutIsNoChain, pingPongEnds, shortChainsGoOn } from './chains.ts'
import { committedBeforeForeignCode, eventsTellTheTransition, theClockMayClear, versionsRiseByOne } from './commit.ts'
import { everyListenerHearsAllInOrder } from './reactions.ts'
import { badSubscriptionsAreErrors, initialTellsThePresent, replayGivesThePresent } from './subscriptions.ts'

/** Law 6: every listener hears every transition, in order, after it is committed. */
export const oneOrder: Law = {
  number: 6,
  name: 'one order',
  properties: [
    versionsRiseByOne,
    eventsTellTheTransition,
    committedBeforeForeignCode,
    theClockMayClear,
    everyListenerHearsAllInOrder,
    replayGivesThePresent,
    initialTellsThePresent,
    badSubscriptionsAreErrors,
    pingPongEnds,
    shortChainsGoOn,
    fanOutIsNoChain,
  ],
}

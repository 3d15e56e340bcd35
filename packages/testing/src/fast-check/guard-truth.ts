import type { PeerReply } from './peers.ts'

/** What is true of a peer, whatever its guard says. */
export interface Standing {
  /** Whether no request could succeed, or none has succeeded since then. */
  readonly wedged: boolean
  /** Whether this peer will never answer again. */
  readonly isDead: boolean
  /** How many bursts in a row had a request without an answer in time. */
  readonly unanswered: number
}

/** What will be true of a peer, and what its guard may do until then. */
export interface Prospect extends Standing {
  /** When all that happens in time has happened, in milliseconds from now. */
  readonly afterMs: number
  /** The death or the host's close that ends the connection. */
  readonly ending: PeerReply | undefined
  readonly mayWedge: boolean
  readonly mayClear: boolean
}

/** Tells what happens to a peer that gives these replies to requests that begin together. */
export function foresee(
  phase: 'connect' | 'request',
  replies: readonly PeerReply[],
  before: Standing,
  limits: { readonly deadlineMs: number; readonly suspectLimit: number; readonly endsAtDeadline?: boolean | undefined },
): Prospect {
  const { deadlineMs, suspectLimit, endsAtDeadline = false } = limits
  const isDead = phase === 'request' && before.isDead
  const [ending] = replies
    .filter(({ kind }) => kind === 'close' || (kind === 'death' && !isDead))
    .sort((a, b) => a.afterMs - b.afterMs)
  const inTime = replies.filter(({ afterMs }) => !isDead && afterMs < (ending?.afterMs ?? deadlineMs))
  const has = (...kinds: PeerReply['kind'][]): boolean => inTime.some(({ kind }) => kinds.includes(kind))
  const isLost = !ending && replies.some(({ kind }) => kind === 'silence' || kind === 'late answer')
  const died = ending?.kind === 'death'
  const afterMs = ending?.afterMs ?? (isLost || isDead ? deadlineMs : Math.max(...replies.map(reply => reply.afterMs)))

  if (phase === 'connect') {
    const mayWedge = died || isLost || has('error')
    return {
      wedged: before.wedged || mayWedge,
      isDead: mayWedge,
      unanswered: 0,
      afterMs,
      ending,
      mayWedge,
      mayClear: false,
    }
  }
  const mayClear = has('answer')
  // A failure that began before a recovery is older than the recovery, and marks nothing.
  const isOld = before.wedged && mayClear
  const unanswered = (has('answer', 'error', 'empty') ? 0 : before.unanswered) + (isLost && !isDead ? 1 : 0)
  const mayWedge = died || (isLost && !isDead && !isOld && unanswered >= suspectLimit)
  return {
    wedged: mayWedge || (before.wedged && !mayClear),
    isDead: isDead || died || (mayWedge && endsAtDeadline),
    unanswered,
    afterMs,
    ending,
    mayWedge,
    mayClear,
  }
}

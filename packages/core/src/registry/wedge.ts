/** The current wedge. Its reason lives on the scope, so clearing a million wedges need not load this object. */
export interface Wedge {
  readonly since: number
  readonly cause: unknown
  marks: number
}

/*
 * An epoch numbers the periods of one scope: it is even while healthy and odd while wedged, and rises by 1 when a wedge
 * begins or ends. Below 0 the scope is released. Plain arithmetic: bitwise operators overflow after 2 ** 30 wedges.
 */

/** The epoch of a released scope. */
export const RELEASED = -1

/** The epoch of the wedge that `epoch` belongs to, or while healthy of the next wedge. */
export function wedgeEpoch(epoch: number): number {
  return epoch % 2 === 0 ? epoch + 1 : epoch
}

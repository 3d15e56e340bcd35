/** The texts of the log lines. While only the default scope is used, they are the original module's, word for word. */

const CLEARED = {
  clear: 'runtime wedge cleared after successful operation — ',
  release: 'runtime wedge released with its scope — ',
}
const RECOVERS = 'workspace will recover to online on next heartbeat'
const LAST_CLEARED = { clear: CLEARED.clear + RECOVERS, release: CLEARED.release + RECOVERS }

export function detected(reason: string): string {
  return `runtime wedge detected: ${reason} — workspace will report degraded until cleared`
}

/** @param stillWedged how many scopes are wedged now */
export function cleared(by: 'clear' | 'release', stillWedged: number): string {
  if (stillWedged === 0) return LAST_CLEARED[by]
  return `${CLEARED[by]}${stillWedged} still wedged, workspace stays degraded`
}

export const MARK_AFTER_RELEASE = 'runtime wedge mark ignored: its scope was released'
export const RELEASE_OF_DEFAULT = 'runtime wedge release ignored: the default scope cannot be released'

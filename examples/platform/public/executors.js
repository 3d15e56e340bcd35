/** @typedef {import('../src/views.ts').WorkspaceView} WorkspaceView */

/**
 * The executors that a workspace names, how many it has, and which of them have never succeeded at anything. The count is 0
 * when it names none. Every host has the scope `default`: beside others it is shown only when there is something to say of it.
 * @param {WorkspaceView} view @returns {{ names: readonly string[], count: number, unproven: ReadonlySet<string> }}
 */
export function executorsOf({ scopes, scope_count, wedged_count, wedged_scopes, restarts, unproven_scopes }) {
  const all = scopes ?? []
  const wedged = new Set(wedged_scopes.map(({ scope }) => scope))
  const mentioned = new Set([...wedged, ...restarts.map(({ scope }) => scope)])
  const names = all.length > 1 ? all.filter(scope => scope !== 'default' || mentioned.has(scope)) : all
  const neverHeard = new Set(unproven_scopes)
  const unproven = new Set(names.filter(scope => neverHeard.has(scope) && !wedged.has(scope)))
  return { names, count: Math.max(scope_count ?? 0, wedged_count) - (all.length - names.length), unproven }
}

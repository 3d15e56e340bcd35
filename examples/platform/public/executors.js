/** @typedef {import('../src/workspaces.ts').WorkspaceView} WorkspaceView */

/**
 * The executors that a workspace names, and how many it has; 0 when it names none. The scope `default` is there in every
 * host: beside others it is shown only while it has something to say.
 * @param {WorkspaceView} view @returns {{ names: readonly string[], count: number }}
 */
export function executorsOf({ scopes, scope_count, wedged_count, wedged_scopes, restarts }) {
  const all = scopes ?? []
  const telling = new Set([...wedged_scopes, ...restarts].map(({ scope }) => scope))
  const names = all.length > 1 ? all.filter(scope => scope !== 'default' || telling.has(scope)) : all
  return { names, count: Math.max(scope_count ?? 0, wedged_count) - (all.length - names.length) }
}

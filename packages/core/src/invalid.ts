/** The error for bad input: what is needed, what was received, the way out. */
export function invalid(needs: string, got: unknown, wayOut = 'Pass one.'): TypeError {
  const shown = typeof got === 'string' ? `"${got}"` : Object(got) === got ? typeof got : String(got)
  return new TypeError(`${needs}, got ${shown}. ${wayOut}`)
}

/** @throws TypeError for what is no function */
export function assertFunction(name: string, got: unknown): void {
  if (typeof got !== 'function') throw invalid(`${name} needs a function`, got)
}

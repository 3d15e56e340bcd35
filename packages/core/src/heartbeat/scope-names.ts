import { cut, isBlank, oneLine } from '../foreign/text.ts'
import type { Clean } from './clean.ts'

/** How many characters of a scope's name leave the process. */
const NAME_CAP = 128

/** A name that shows nothing, made readable: `"\u0007"` becomes the six characters `\u0007`. */
function escaped(name: string): string {
  let text = ''
  for (let at = 0; at < Math.min(name.length, NAME_CAP); at++) {
    text += `\\u${name.charCodeAt(at).toString(16).padStart(4, '0')}`
  }
  return text
}

/**
 * Makes the function that names the scopes of one body. A name is fit to leave the process and never empty; a scope always
 * has the same one, and no two scopes share one: the second `name` becomes `name (2)`.
 */
export function scopeNames(clean: Clean): (scope: string) => string {
  const shown = new Map<string, string>()
  const taken = new Set<string>()
  return scope => {
    const known = shown.get(scope)
    if (known !== undefined) return known
    const plain = clean(isBlank(oneLine(scope)) ? escaped(scope) : scope, NAME_CAP)
    let name = plain
    for (let count = 2; taken.has(name); count++) {
      const suffix = ` (${count})`
      name = cut(plain, NAME_CAP - suffix.length) + suffix
    }
    shown.set(scope, name)
    taken.add(name)
    return name
  }
}

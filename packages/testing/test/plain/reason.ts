import type { Flaw } from './flaws.ts'

export function textOf(given: unknown, flaw: Flaw | undefined): string {
  try {
    const none = flaw === 'undefined is a reason' ? 'undefined' : ''
    const text = typeof given === 'object' && given !== null ? (given as Error).message : String(given ?? none)
    if (typeof text !== 'string' || (text.trim() === '' && flaw !== 'blank reasons')) return 'no reason given'
    if (flaw === 'cut through a surrogate pair') return text.length > 1_024 ? `${text.slice(0, 1_023)}…` : text
    const characters = [...text]
    const long = characters.length > 1_024 && flaw !== 'reasons of any length'
    return long ? `${characters.slice(0, 1_024).join('')}…` : text
  } catch (error) {
    if (flaw === 'hostile reason leaks') throw error
    return 'no reason given'
  }
}

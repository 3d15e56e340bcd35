import { hush } from './hush.ts'

/** Takes a secret out of a text that is about to leave the process. Gets the whole text as one line; synchronous. */
export type Redact = (text: string) => string

/** Makes one line that is fit to leave the process out of any text. Never throws. */
export type Clean = (text: unknown, cap: number) => string

// biome-ignore-start lint/suspicious/noControlCharactersInRegex: control characters are what this file removes
const ANSI = /\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]/g
const BREAK = /[\t-\r\x85\u2028\u2029]/
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: control characters are what this file removes
const SUSPECT = /[\p{Cc}\p{Bidi_C}\p{Cs}\u2028\u2029]/u
const INVISIBLE = /[\p{Cc}\p{Bidi_C}]/gu
const LONE_SURROGATE = /\p{Cs}/gu

/** A line break, with the white space around it, becomes one space, at either end nothing; other white space stays. */
function oneLine(text: string): string {
  if (!SUSPECT.test(text)) return text
  return text
    .replace(ANSI, '')
    .replace(/[\s\x85]+/g, (run, at: number, whole: string) => {
      if (!BREAK.test(run)) return run
      return at === 0 || at + run.length === whole.length ? '' : ' '
    })
    .replace(INVISIBLE, '')
    .replace(LONE_SURROGATE, '\ufffd')
}

function cut(text: string, cap: number): string {
  return text.length <= cap ? text : `${text.slice(0, cap - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

/**
 * The boundary of the process: one line, no control, ANSI or bidi control characters, through `redact`, cut with `…`,
 * never through a surrogate pair. An ordinary text passes verbatim; what is no string becomes `""`. When `redact` fails
 * the text is withheld, never sent raw.
 */
export function cleaner(redact?: Redact, onFailure?: (error: unknown) => void): Clean {
  const redacted = (line: string): string => {
    if (!redact || line === '') return line
    try {
      const text: unknown = redact(line)
      if (typeof text === 'string') return oneLine(text)
      hush(text)
      throw new TypeError(`redact needs to return a string, got ${typeof text}`)
    } catch (error) {
      onFailure?.(error)
      return 'withheld: redact failed'
    }
  }
  // Redacted before it is cut: half a secret would match no pattern.
  return (text, cap) => (typeof text === 'string' ? cut(redacted(oneLine(text)), cap) : '')
}

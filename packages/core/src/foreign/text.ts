// biome-ignore-start lint/suspicious/noControlCharactersInRegex: control characters are what this file removes
/** Strings (titles, links) up to their end, control sequences (colours, cursor moves), and two-character escapes. */
const ANSI =
  /(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9c-\x9f]*(?:\x07|\x1b\\|\x9c)|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]/g
const ESCAPE = /[\x1b\x80-\x9f]/
const BREAK = /[\t-\r\x85\u2028\u2029]/
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: control characters are what this file removes
const UNFIT = /[\p{Cc}\p{Bidi_C}\p{Cs}\u2028\u2029]/u
const INVISIBLE = /[\p{Cc}\p{Bidi_C}]/gu
const LONE_SURROGATE = /\p{Cs}/gu
/**
 * A character that leaves ink. Besides the properties it excludes characters that are drawn empty although Unicode calls
 * them symbols or letters (BRAILLE PATTERN BLANK, MUSICAL SYMBOL NULL NOTEHEAD, KHITAN SMALL SCRIPT FILLER, EGYPTIAN
 * HIEROGLYPH BLANKS).
 */
const VISIBLE = /[^\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}\u{16fe4}\u{13441}\u{13442}]/u

/**
 * Makes a text one line that is fit to leave the process: without ANSI escapes, control and bidi control characters, and
 * half surrogate pairs. A line break, with the white space around it, becomes one space; at either end it is removed. Never
 * changes an ordinary text.
 */
export function oneLine(text: string): string {
  if (!UNFIT.test(text)) return text
  return text
    .replace(ANSI, '')
    .replace(/[\s\x85]+/g, (run, at: number, whole: string) => {
      if (!BREAK.test(run)) return run
      return at === 0 || at + run.length === whole.length ? '' : ' '
    })
    .replace(INVISIBLE, '')
    .replace(LONE_SURROGATE, '\ufffd')
}

/**
 * Tells whether a text shows nothing: it has only white space, zero-width, filler, control and format characters, or ANSI
 * escapes. Every mark asks: an ordinary text is decided at its first printable ASCII character, without a regex.
 */
export function isBlank(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code > 0x20 && code < 0x7f) return false
    // After an escape, a printable character may be a part of it.
    if (code >= 0x7f || code === 0x1b) return !VISIBLE.test(ESCAPE.test(text) ? text.replace(ANSI, '') : text)
  }
  return true
}

/** Cuts a text to `cap` UTF-16 code units, the `…` included, never through a surrogate pair. */
export function cut(text: string, cap: number): string {
  return text.length <= cap ? text : `${text.slice(0, cap - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

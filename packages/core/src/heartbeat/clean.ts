import { ignoreRejection } from '../foreign/ignore-rejection.ts'
import { redactSecrets } from '../foreign/redact-secrets.ts'
import { cut, isBlank, oneLine } from '../foreign/text.ts'

/** Takes secrets out of a text that is about to leave the process. Gets the whole text as one line; synchronous. */
export type Redact = (text: string) => string

/** Makes one line that is fit to leave the process out of any text; `""` of a blank one. Never throws. */
export type Clean = (text: unknown, cap: number) => string

/**
 * Makes the boundary of the process: one line, no control, ANSI or bidi control characters, through `redact`, cut with
 * `…`, never through a surrogate pair. An ordinary text passes verbatim; what is not a string becomes `""`. When `redact`
 * fails the text is withheld, never sent raw; where it leaves nothing, `[redacted]` says so.
 */
export function cleaner(redact: Redact = redactSecrets, onFailure?: (error: unknown) => void): Clean {
  const redacted = (line: string): string => {
    try {
      const text: unknown = redact(line)
      if (typeof text === 'string') return isBlank(text) ? '[redacted]' : oneLine(text)
      ignoreRejection(text)
      throw new TypeError(`redact needs to return a string, got ${typeof text}`)
    } catch (error) {
      onFailure?.(error)
      return 'withheld: redact failed'
    }
  }
  return (text, cap) => {
    if (typeof text !== 'string') return ''
    const line = oneLine(text)
    // Redacted before it is cut: half a secret would match no pattern.
    return isBlank(line) ? '' : cut(redacted(line), cap)
  }
}

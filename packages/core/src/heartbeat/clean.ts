import { ignoreRejection } from '../foreign/ignore-rejection.ts'
import { inputError } from '../foreign/input-error.ts'
import { redactSecrets } from '../foreign/redact-secrets.ts'
import { cut, isBlank, oneLine } from '../foreign/text.ts'

/**
 * Takes secrets out of a text that is about to leave the process. It gets the whole text as one line, and is synchronous.
 */
export type Redact = (text: string) => string

/** Makes any text one line that is fit to leave the process; `""` if it is blank. Never throws. */
export type Clean = (text: unknown, cap: number) => string

/**
 * Makes the function that every text passes before it leaves the process: it becomes one line without ANSI escapes, control
 * and bidi control characters, goes through `redact`, and is cut with `…`, never through a surrogate pair. An ordinary text
 * passes verbatim; what is not a string becomes `""`. If `redact` fails, the text is withheld, never sent raw; if it leaves
 * nothing, `[redacted]` is sent.
 */
export function cleaner(redact: Redact = redactSecrets, onFailure?: (error: unknown) => void): Clean {
  const redacted = (line: string): string => {
    try {
      const text: unknown = redact(line)
      if (typeof text === 'string') return isBlank(text) ? '[redacted]' : oneLine(text)
      ignoreRejection(text)
      throw inputError('redact(text)', 'to return a string', text, 'Return the text without its secrets.')
    } catch (error) {
      onFailure?.(error)
      return 'withheld: redact failed'
    }
  }
  return (text, cap) => {
    if (typeof text !== 'string') return ''
    const line = oneLine(text)
    // Redacted before it is cut: half a secret would match no pattern.
    const shown = isBlank(line) ? '' : cut(redacted(line), cap)
    return isBlank(shown.slice(0, cap - 1)) ? '' : shown
  }
}

import { redactSecrets } from '../../guard/index.ts'

/** How much of the end is kept, and how much of it is shown once the noise is removed, in characters. */
const KEPT = 2_000
const SHOWN = 300
/** Stack frames and the runtime's own last line push the message out of the tail. */
const NOISE = /^\s+at .*$|^Node\.js v.*$/gm

/** The end of an executor's stderr. */
export class StderrTail {
  readonly #decoder = new TextDecoder()
  #kept = ''

  /** @param chunk text or bytes; a character may be cut between two chunks of bytes */
  add(chunk: unknown): void {
    const text = chunk instanceof Uint8Array ? this.#decoder.decode(chunk, { stream: true }) : String(chunk)
    this.#kept = (this.#kept + text).slice(-KEPT)
  }

  /** The tail as one line; `""` if there was nothing. */
  get line(): string {
    // Redacted before it is cut: half a secret matches no pattern.
    return redactSecrets(this.#kept.replace(NOISE, '').replace(/\s+/g, ' ').trim()).slice(-SHOWN)
  }
}

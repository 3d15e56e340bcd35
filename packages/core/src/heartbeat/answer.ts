import { ignoreRejection } from '../foreign/ignore-rejection.ts'

/**
 * The part of a response's body that a heartbeat uses: a `ReadableStream` fits, and so does a body that can only be
 * cancelled.
 */
export interface HeartbeatAnswer {
  /** Discards the rest of the body. */
  cancel(): Promise<void>
  /** Gives a reader of the body's bytes. */
  getReader?(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
    cancel(): Promise<void>
  }
}

/** The most bytes of an answer that are read. */
const MAX_BYTES = 16 * 1024

/**
 * Reads what a platform says is wrong: the field `error` of a JSON body. An unread body would hold its socket; one that
 * was read gives it back for the next beat. Never rejects.
 *
 * @param signal ends the reading
 * @returns `""` if it says nothing; `undefined` if that is not known: the body is too long, broken off or not readable
 */
export async function readError(
  body: HeartbeatAnswer | null | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    if (!body) return ''
    if (isReadable(body)) {
      const text = await readText(body, signal)
      return text === undefined ? undefined : errorOf(text)
    }
    ignoreRejection(body.cancel())
  } catch {
    // The connection broke: whatever it said is lost.
  }
  return undefined
}

const isReadable = (body: HeartbeatAnswer): body is Required<HeartbeatAnswer> => body.getReader !== undefined

async function readText(body: Required<HeartbeatAnswer>, signal: AbortSignal): Promise<string | undefined> {
  const reader = body.getReader()
  const cancel = (): void => {
    try {
      ignoreRejection(reader.cancel())
    } catch {
      // A listener that throws would end the process.
    }
  }
  signal.addEventListener('abort', cancel)
  const decoder = new TextDecoder()
  let text = ''
  for (let bytes = 0; bytes <= MAX_BYTES && !signal.aborted; ) {
    const { done, value } = await reader.read()
    if (done) return signal.aborted ? undefined : text
    // An empty chunk counts too: a body of nothing else would be read forever.
    bytes += (value?.length ?? 0) + 1
    text += decoder.decode(value, { stream: true })
  }
  cancel()
  return undefined
}

function errorOf(text: string): string {
  try {
    const { error } = Object(JSON.parse(text))
    return typeof error === 'string' ? error : ''
  } catch {
    return ''
  }
}

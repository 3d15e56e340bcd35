const KEPT = 2_000
const SHOWN = 300
/** Stack frames and the runtime's own last line push the message out of the tail. */
const NOISE = /^\s+at .*$|^Node\.js v.*$/gm

interface Sink {
  write(chunk: unknown, ...rest: unknown[]): boolean
}

/**
 * Looks on as an executor's stderr passes, and gives its end as one line. It never listens to the stream itself: that
 * would set it flowing, and the host, listening later, would miss what came before.
 */
export function stderrTail(stderr: unknown): () => string {
  const sink = stderr as Partial<Sink> | null | undefined
  if (typeof sink?.write !== 'function') return () => ''
  const write = sink.write
  const decoder = new TextDecoder()
  let tail = ''
  sink.write = (chunk, ...rest) => {
    tail += chunk instanceof Uint8Array ? decoder.decode(chunk, { stream: true }) : String(chunk)
    tail = tail.slice(-KEPT)
    return write.call(sink, chunk, ...rest)
  }
  return () => tail.replace(NOISE, '').replace(/\s+/g, ' ').trim().slice(-SHOWN)
}

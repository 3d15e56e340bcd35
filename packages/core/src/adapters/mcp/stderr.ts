import { StderrTail } from '../shared/stderr-tail.ts'

interface Sink {
  write(chunk: unknown, ...rest: unknown[]): boolean
}

/**
 * Watches a server's stderr as the transport writes it. It never listens to the stream itself: that would set it flowing,
 * and the host, listening later, would miss what came before.
 *
 * @param stderr of a transport; without a stream the tail stays empty
 */
export function watchStderr(stderr: unknown): StderrTail {
  const tail = new StderrTail()
  const sink = stderr as Partial<Sink> | null | undefined
  if (typeof sink?.write !== 'function') return tail
  const write = sink.write
  sink.write = (chunk, ...rest) => {
    tail.add(chunk)
    return write.call(sink, chunk, ...rest)
  }
  return tail
}

import { pino } from 'pino'
import type { WedgeLogger } from './types.ts'

export type LogLevel = 'error' | 'warn' | 'info'

/** Writes one line, by default with {@link defaultLogger}. Never throws, and never leaves a rejection unhandled: a logger is foreign code. */
export function writeLog(logger: WedgeLogger | undefined, level: LogLevel, fields: object, message: string): void {
  try {
    logger ??= defaultLogger()
    // Not `logger[level]` alone: a call of one method is quick, one of several is not.
    hush(level === 'info' ? logger.info(fields, message) : logger[level](fields, message))
  } catch {
    // There is nobody left to tell.
  }
}

/** Takes note of a rejection for which there is nobody left to tell. */
export function hush(result: unknown): void {
  ;(result as Partial<Promise<unknown>> | undefined)?.catch?.(() => {})
}

let built: WedgeLogger | undefined

/** This copy's logger, to stderr (many hosts speak a protocol on stdout), built by the first line. */
export function defaultLogger(): WedgeLogger {
  if (!built) {
    // Where there are no destinations (in a browser, at the edge), pino writes to the console.
    const stderr = pino.destination?.({ fd: 2, sync: true })
    stderr?.on('error', () => {}) // a closed stderr must not end the host
    built = pino({ name: 'runtime-wedge' }, stderr)
  }
  return built
}

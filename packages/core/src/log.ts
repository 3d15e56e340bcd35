import { pino } from 'pino'
import type { WedgeLogger } from './types.ts'

export type LogLevel = 'error' | 'warn' | 'info'

/** Writes one line. Never throws, and never leaves a rejection unhandled: a logger is foreign code. */
export function writeLog(logger: WedgeLogger, level: LogLevel, fields: object, message: string): void {
  try {
    // By name, and not `logger[level]`: what is one name at each place is found at once.
    hush(
      level === 'info'
        ? logger.info(fields, message)
        : level === 'warn'
          ? logger.warn(fields, message)
          : logger.error(fields, message),
    )
  } catch {
    // There is nobody left to tell.
  }
}

/** Takes note of a rejection for which there is nobody left to tell. */
export function hush(result: unknown): void {
  ;(result as Partial<Promise<unknown>> | undefined)?.catch?.(() => {})
}

let built: WedgeLogger | undefined

/** This copy's logger, to stderr (many hosts speak a protocol on stdout), built by the first line. Never throws. */
export function defaultLogger(): WedgeLogger {
  try {
    if (!built) {
      const stderr = pino.destination({ dest: 2, sync: true })
      stderr.on('error', () => {}) // a closed stderr must not end the host
      built = pino({ name: 'runtime-wedge' }, stderr)
    }
  } catch {
    // Where pino has no destinations (edge runtimes), the console is what there is; its `error` goes to stderr.
    const error = (fields: object, message: string): void => console.error(message, fields)
    built = { error, warn: error, info: error }
  }
  return built
}

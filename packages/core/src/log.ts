import { pino } from 'pino'
import { invalid } from './invalid.ts'
import type { WedgeLogger } from './types.ts'

export type LogLevel = 'error' | 'warn' | 'info'

/** Writes one line. Never throws, and never leaves a rejection unhandled: a logger is foreign code. */
export function writeLog(logger: WedgeLogger, level: LogLevel, fields: object, message: string): void {
  try {
    hush(logger[level](fields, message))
  } catch {
    // There is nobody left to tell.
  }
}

/** Takes note of a rejection for which there is nobody left to tell. */
export function hush(result: unknown): void {
  ;(result as Partial<Promise<unknown>> | undefined)?.catch?.(() => {})
}

/** Checks a logger where it is set up. @throws TypeError that names what is missing */
export function assertLogger(logger: WedgeLogger): WedgeLogger {
  for (const level of ['error', 'warn', 'info'] as const) {
    if (typeof (logger as Partial<WedgeLogger> | null | undefined)?.[level] !== 'function') {
      throw invalid(`logger needs error, warn and info (no ${level} here)`, logger, 'Pass a pino logger.')
    }
  }
  return logger
}

/** One pino logger for this copy, to stderr (many hosts speak a protocol on stdout), built by the first line. */
export const defaultLogger: WedgeLogger = {
  error: (fields, message) => built().error(fields, message),
  warn: (fields, message) => built().warn(fields, message),
  info: (fields, message) => built().info(fields, message),
}

let logger: WedgeLogger | undefined

function built(): WedgeLogger {
  logger ??= build()
  return logger
}

function build(): WedgeLogger {
  try {
    const stderr = pino.destination({ dest: 2, sync: true })
    stderr.on('error', () => {}) // a closed stderr must not end the host
    return pino({ name: 'runtime-wedge' }, stderr)
  } catch {
    // Where pino has no destinations (edge runtimes), the console is what there is; its `error` goes to stderr.
    const line = (fields: object, message: string): void => console.error(message, fields)
    return { error: line, warn: line, info: line }
  }
}

import type { WedgeLogger } from '../types.ts'
import { ignoreRejection } from './ignore-rejection.ts'

export type LogLevel = 'error' | 'warn' | 'info'

type Write = (level: LogLevel, fields: object, message: string) => void

const NAME = 'runtime-wedge'
/** pino's numbers. */
const LEVELS: Record<LogLevel, number> = { error: 50, warn: 40, info: 30 }

/** Writes one line. Never throws and never leaves a rejection unhandled: a logger is foreign code. */
export function writeLog(logger: WedgeLogger, level: LogLevel, fields: object, message: string): void {
  try {
    // Not just `logger[level]`: V8 is fast where it always calls the same method, not where it calls one of several.
    ignoreRejection(level === 'info' ? logger.info(fields, message) : logger[level](fields, message))
  } catch {
    // There is no one left to tell.
  }
}

let write: Write | undefined

/**
 * The logger of every registry that was given none: pino, which writes synchronously to stderr, because many hosts speak a
 * protocol on stdout. The first line loads it, because loading takes 16 ms; where it cannot be loaded, each line is plain
 * JSON.
 */
export const defaultLogger: WedgeLogger = {
  error: (fields, message) => writeDefault('error', fields, message),
  warn: (fields, message) => writeDefault('warn', fields, message),
  info: (fields, message) => writeDefault('info', fields, message),
}

function writeDefault(level: LogLevel, fields: object, message: string): void {
  write ??= openPino() ?? plainLine
  try {
    write(level, fields, message)
  } catch {
    // pino, or a getter of what it was given.
    plainLine(level, fields, message)
  }
}

/** `undefined` in browsers, at the edge, in a bundle without pino beside it, and where reading the environment is denied. */
function openPino(): Write | undefined {
  try {
    const { process } = globalThis as { process?: Partial<NodeJS.Process> }
    const require = process!.getBuiltinModule!('node:module').createRequire(import.meta.url)
    const { pino } = require('pino') as typeof import('pino')
    const stderr = pino.destination({ fd: 2, sync: true })
    stderr.on('error', () => {}) // A closed stderr must not end the host.
    const logger = pino({ name: NAME }, stderr)
    return (level, fields, message) => logger[level](fields, message)
  } catch {
    return undefined
  }
}

/** `console.error` writes to stderr, or to where a runtime without one shows errors. */
function plainLine(level: LogLevel, fields: object, message: string): void {
  const line: Record<string, unknown> = { level: LEVELS[level], time: Date.now(), name: NAME }
  for (const [name, value] of Object.entries(fields)) line[name] = writable(value)
  console.error(JSON.stringify({ ...line, msg: message }))
}

/** What JSON can hold of a field, which may be anything that a listener has thrown. */
function writable(value: unknown): unknown {
  try {
    const text = JSON.stringify(value, plain)
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return 'a value that cannot be written'
  }
}

function plain(_key: string, value: unknown): unknown {
  if (value instanceof Error) return { type: value.name, message: value.message, stack: value.stack }
  return typeof value === 'bigint' ? String(value) : value
}

import {
  defaultRegistry,
  type WedgeAggregateChange,
  type WedgeChange,
  type WedgeLogger,
  type WedgeRegistryLike,
} from '@runtime-wedge/core'

/** One line that a registry logged. */
export interface LogLine {
  /** The method of the logger that was called. */
  readonly level: 'error' | 'warn' | 'info'
  /** The text of the line. */
  readonly message: string
  /** What goes with the text, such as `scope`, `reason` and `err`. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** What {@link captureLogs} gives. */
export interface LogCapture {
  /** The lines so far, oldest first. */
  readonly lines: readonly LogLine[]
  /** Gives the registry its former logger back. Idempotent. */
  restore(): void
}

/** What {@link recordChanges} gives. */
export interface ChangeRecord<Scope extends string = string> {
  /** The `change` events so far, oldest first. */
  readonly events: readonly WedgeChange<Scope>[]
  /** The `aggregate` events so far, oldest first. */
  readonly aggregates: readonly WedgeAggregateChange<Scope>[]
  /** Ends the recording; what was recorded stays. Idempotent. */
  stop(): void
}

/** What {@link recordChanges} needs of a registry, of any copy of `@runtime-wedge/core`. */
export interface ChangeSource<Scope extends string = string> {
  /** Calls `listener` after each transition of a scope, until what it returns is called. */
  on(event: 'change', listener: (event: WedgeChange<Scope>) => void): () => void
  /** Calls `listener` after each change of the flag or of the primary, until what it returns is called. */
  on(event: 'aggregate', listener: (event: WedgeAggregateChange<Scope>) => void): () => void
}

/** The captures of one registry share one logger, so that they may end in any order. */
interface Sink {
  readonly former: WedgeLogger
  readonly captures: Set<LogLine[]>
}

const sinks = new WeakMap<object, Sink>()

/**
 * Collects what a registry logs instead of letting its logger write it, until `restore()` or `resetForTest(registry)`; the
 * latter also empties `lines`.
 *
 * @param registry of any copy of `@runtime-wedge/core`; by default, the process's default registry
 */
export function captureLogs(registry: Pick<WedgeRegistryLike, 'logger'> = defaultRegistry()): LogCapture {
  let sink = sinks.get(registry)
  if (sink === undefined) {
    const captures = new Set<LogLine[]>()
    sink = { former: registry.logger, captures }
    registry.logger = lineLogger(line => {
      for (const lines of captures) lines.push(line)
    })
    sinks.set(registry, sink)
  }
  const lines: LogLine[] = []
  sink.captures.add(lines)
  return { lines, restore: () => endCapture(registry, sink, lines) }
}

/** Empties and ends every capture of a registry. */
export function endCaptures(registry: Pick<WedgeRegistryLike, 'logger'>): void {
  const sink = sinks.get(registry)
  if (sink === undefined) return
  for (const lines of sink.captures) {
    lines.length = 0
    endCapture(registry, sink, lines)
  }
}

/** Records the `change` and `aggregate` events of a registry from this call on. */
export function recordChanges<Scope extends string>(registry: ChangeSource<Scope>): ChangeRecord<Scope> {
  const events: WedgeChange<Scope>[] = []
  const aggregates: WedgeAggregateChange<Scope>[] = []
  const stopChanges = registry.on('change', event => events.push(event))
  const stopAggregates = registry.on('aggregate', event => aggregates.push(event))
  return {
    events,
    aggregates,
    stop() {
      stopChanges()
      stopAggregates()
    },
  }
}

/** A logger that gives each line to `take`. */
export function lineLogger(take: (line: LogLine) => void): WedgeLogger {
  const write =
    (level: LogLine['level']) =>
    (fields: object, message: string): void =>
      take({ level, message, fields: fields as Record<string, unknown> })
  return { error: write('error'), warn: write('warn'), info: write('info') }
}

function endCapture(registry: Pick<WedgeRegistryLike, 'logger'>, { captures, former }: Sink, lines: LogLine[]): void {
  if (!captures.delete(lines) || captures.size > 0) return
  registry.logger = former
  sinks.delete(registry)
}

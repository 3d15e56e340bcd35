import { WedgeRegistry } from '@runtime-wedge/core'
import {
  freshModel,
  modelSnapshot,
  modelWedge,
  stepModel,
  type WedgeModel,
  type WedgeOperation,
  WedgeSession,
} from '@runtime-wedge/testing/fast-check'
import { expect, it } from 'vitest'

const SCOPES: readonly string[] = ['default', 'a', 'b']
const silent = { error() {}, warn() {}, info() {} }

/** A registry on its way through one sequence; the time is the number of operations. */
class Run {
  readonly registry: WedgeRegistry
  readonly #session: WedgeSession
  readonly #told: { change: object[]; aggregate: object[]; scopes: object[] } = {
    change: [],
    aggregate: [],
    scopes: [],
  }
  #time = 0

  constructor(path: readonly WedgeOperation[]) {
    this.registry = new WedgeRegistry({ logger: silent, now: () => this.#time })
    this.#session = new WedgeSession(this.registry, { now: () => this.#time, advance() {} })
    for (const operation of path) this.#perform(operation)
    for (const event of ['change', 'aggregate', 'scopes'] as const) {
      this.registry.on(event, told => this.#told[event].push(told))
    }
  }

  #perform(operation: WedgeOperation): boolean | undefined {
    const returned = this.#session.perform(operation)
    this.#time++
    return returned
  }

  /** What this operation returned, what it emitted, and all that can be read after it. */
  observe(operation: WedgeOperation): object {
    for (const events of Object.values(this.#told)) events.length = 0
    const returned = this.#perform(operation)
    const { registry } = this
    return {
      returned,
      ...this.#told,
      flag: registry.isWedged(),
      snapshot: registry.snapshot(),
      wedged: Array.from(registry.wedgedStates(), ({ scope }) => scope),
      states: Array.from(registry, ({ scope, since, marks, proven, lastSuccess }) => {
        return { scope, since, marks, proven, lastSuccess }
      }),
      reasons: Array.from(registry, state => state.reason()),
    }
  }
}

/** Walks the tree of all sequences. @returns how many there are */
function walk(choices: (model: WedgeModel, depth: number) => readonly WedgeOperation[], length: number): number {
  let sequences = 0
  const visit = (run: Run, model: WedgeModel, path: readonly WedgeOperation[]): void => {
    let here: Run | undefined = run
    for (const operation of choices(model, path.length)) {
      // The first branch goes on where its parent stands; the others walk there again.
      const branch: Run = here ?? new Run(path)
      here = undefined
      const step = stepModel(model, operation)
      const actual = branch.observe(operation)
      const { snapshot, ...expected } = read(step.model)
      const { returned, changes: change, aggregates: aggregate, scopes } = step
      const told = { returned, change, aggregate, scopes, snapshot, ...expected }
      const next = [...path, operation]
      if (!isSame(actual, told)) expect({ next, ...actual }).toEqual({ next, ...told })
      sequences++
      if (next.length < length) visit(branch, { ...step.model, now: step.model.now + 1 }, next)
    }
  }
  visit(new Run([]), freshModel(0), [])
  return sequences
}

/** Deep equality of plain data, several times faster than that of Node: there are 300,000 comparisons. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return false
  const keys = Object.keys(a)
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  return keys.length === Object.keys(b).length && keys.every(key => isSame(left[key], right[key]))
}

function read(model: WedgeModel): Record<string, unknown> {
  const states = model.scopes.map(({ key, proven, lastSuccess }) => {
    const { since = null, marks = 0 } = modelWedge(model, key) ?? {}
    return { scope: key, since, marks, proven, lastSuccess }
  })
  return {
    flag: model.wedges.length > 0,
    snapshot: modelSnapshot(model),
    wedged: model.wedges.map(({ scope }) => scope),
    states,
    reasons: model.scopes.map(({ key }) => modelWedge(model, key)?.reason ?? ''),
  }
}

function marksClearsReleases(depth: number): WedgeOperation[] {
  const onAll = SCOPES.flatMap<WedgeOperation>(scope => [
    { do: 'mark', scope, reason: `reason ${depth}` },
    { do: 'clear', scope },
  ])
  return [...onAll, { do: 'release', scope: 'a' }, { do: 'release', scope: 'b' }]
}

it('does what the model does in all 299,592 sequences of up to six marks, clears and releases of three scopes', () => {
  expect(walk((_, depth) => marksClearsReleases(depth), 6)).toBe(299_592)
})

it('does what the model does in every sequence of up to four, attempts and their outcomes included', () => {
  const sequences = walk(({ attempts }, depth) => {
    const outcomes = attempts.flatMap<WedgeOperation>((_, attempt) => [
      { do: 'succeed', attempt },
      { do: 'fail', attempt, reason: `reason ${depth}` },
    ])
    return [...marksClearsReleases(depth), ...SCOPES.map(scope => ({ do: 'attempt' as const, scope })), ...outcomes]
  }, 4)
  expect(sequences).toBe(21_336)
})

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { do_not_optimize, measure } from 'mitata'

/** Keeps a result, so that the work that made it is not optimised away. */
export const keep = do_not_optimize

export const silent = { error() {}, warn() {}, info() {} }

/** Full: the numbers of docs/performance.md. Short: what CI compares with budget.json. */
export const FULL = { rounds: 7, sampleMs: 60, million: 1_000_000 }
export const SHORT = { rounds: 3, sampleMs: 15, million: 200_000 }

/** The groups, each run in a process of its own: what one leaves behind (types seen, memory) is not the next one's. */
export const GROUPS = [
  'reads',
  'functions',
  'functions-after-run',
  'transitions',
  'peers',
  'aggregate',
  'million',
  'memory',
  'work',
]

/** Runs a group in a fresh process. @returns its title, its cases with p50 and min, and what its bars came to */
export async function runGroup(name, settings) {
  const script = fileURLToPath(new URL('run-group.mjs', import.meta.url))
  const args = ['--expose-gc', script, name, JSON.stringify(settings)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) output += chunk
  if (child.exitCode ?? (await new Promise(resolve => child.once('exit', resolve)))) throw new Error(`${name} failed`)
  return JSON.parse(output)
}

/**
 * Measures the cases of a group in turn, several rounds of it, so that whatever else the machine does meets all alike.
 * A case is a function that does its work 1,024 times, one with another count as `{ run, ops }`, or `{ sample }`, which
 * measures itself. Bars are computed from the medians over the rounds of each case's p50, and again from its least min.
 */
export async function runCases({ title, unit = 'ns', cases, bars = [], notes = {} }, { rounds, sampleMs }) {
  const samples = new Map(Object.keys(cases).map(name => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, of] of Object.entries(cases)) samples.get(name).push(await sampleOnce(of, sampleMs))
  }
  const p50 = {}
  const min = {}
  for (const [name, taken] of samples) {
    p50[name] = median(taken.map(one => one.p50))
    min[name] = Math.min(...taken.map(one => one.min))
  }
  return {
    title,
    unit,
    cases: Object.keys(cases).map(name => ({ name, p50: p50[name], min: min[name], note: notes[name] })),
    bars: bars.map(({ id, text, limit, value }) => ({ id, text, limit, value: value(p50), best: value(min) })),
  }
}

async function sampleOnce(of, sampleMs) {
  if (of.sample !== undefined) {
    const value = await of.sample()
    return { p50: value, min: value }
  }
  const { run, ops } = typeof of === 'function' ? { run: of, ops: 1_024 } : of
  const { p50, min } = await measure(run, { min_cpu_time: sampleMs * 1e6, batch_samples: 256 })
  return { p50: p50 / ops, min: min / ops }
}

/** Milliseconds of one call of `work`, on a heap that was just collected. */
export function timeOnce(work) {
  globalThis.gc()
  const began = performance.now()
  work()
  return performance.now() - began
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1]
}

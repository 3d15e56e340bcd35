import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundleSource, link, runScript, type Sandbox, sandbox } from '../support/child.ts'

let box: Sandbox
beforeAll(async () => {
  box = await sandbox()
  await mkdir(join(box.dir, 'node_modules'))
  await link(box.dir, 'pino', 'eventemitter3')
  await bundleSource(join(box.dir, 'core.mjs'))
})
afterAll(() => box.remove())

const CALLS = 2_000_000

/**
 * Room for all that the calls could allocate, for a collection between the two readings would hide it; and no optimizing
 * compiler, for it would hide what it proves to be unused here, and cannot elsewhere.
 */
const FLAGS = ['--expose-gc', '--min-semi-space-size=128', '--max-semi-space-size=128', '--no-opt']

/** The least object has sixteen bytes; a byte a call is the reading itself. */
const BYTES = 1

/** Bytes that each of `CALLS` warm calls of the expression took, in a process of its own. */
async function bytesEach(setUp: string, call: string): Promise<number> {
  const script = `
    import { clearWedge, defaultRegistry, isWedged, markWedged, WedgeRegistry, wedgeReason } from './core.mjs'
    const silent = { error() {}, warn() {}, info() {} }
    defaultRegistry().logger = silent
    const registry = new WedgeRegistry({ logger: silent })
    const state = registry.scope('claude:1')
    let n = 0
    ${setUp}
    const calls = count => {
      for (let i = 0; i < count; i++) if (${call}) n++
    }
    calls(10_000)
    gc()
    const before = process.memoryUsage().heapUsed
    calls(${CALLS})
    const after = process.memoryUsage().heapUsed
    console.log((after - before) / ${CALLS}, n)`
  const { code, stdout, stderr } = await runScript(box.dir, 'calls.mjs', script, { flags: FLAGS })
  expect(stderr).toBe('')
  expect(code).toBe(0)
  return Number.parseFloat(stdout)
}

it.each([
  ['clear when healthy', '', 'state.clear()'],
  ['a repeated mark', 'state.mark("stuck")', 'state.mark("stuck again")'],
  ['a repeated mark with a cause', 'state.mark("stuck"); const options = { cause: 1 }', 'state.mark("again", options)'],
  ['isWedged of a scope', '', 'state.isWedged()'],
  ['isWedged of a registry', 'state.mark("stuck")', 'registry.isWedged()'],
  ['reason', 'state.mark("stuck")', 'registry.reason() === state.reason()'],
  ['scope of a known key', '', 'registry.scope("claude:1") === state'],
  ['clearWedge and isWedged when healthy', '', 'clearWedge() || isWedged()'],
  ['markWedged again and wedgeReason', 'markWedged("stuck")', 'markWedged("again") || wedgeReason() === ""'],
  ['the functions once there was a run', 'registry.run("claude:1", () => isWedged())', 'clearWedge() || isWedged()'],
])('%s allocates nothing', async (_, setUp, call) => {
  expect(await bytesEach(setUp, call)).toBeLessThan(BYTES)
})

it('would see an allocation', async () => {
  expect(await bytesEach('', 'state.attempt() === undefined')).toBeGreaterThan(16)
})

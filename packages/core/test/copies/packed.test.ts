import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ended, runScript, type Sandbox } from '../support/child.ts'
import { unpacked } from '../support/packed.ts'

/** The package as it ships, under two names, and bundled with all that it needs into one file. */
let box: Sandbox
beforeAll(async () => {
  box = await unpacked('core-a', 'core-b')
  await build({
    stdin: { contents: "export * from 'core-a'", resolveDir: box.dir },
    outfile: join(box.dir, 'bundled.cjs'),
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'silent',
  })
})
afterAll(() => box?.remove())

async function run(name: string, script: string): Promise<Ended & { report: unknown }> {
  const ended = await runScript(
    box.dir,
    name,
    `const report = value => process.stdout.write(JSON.stringify(value))\nconst silent = { error() {}, warn() {}, info() {} }\n${script}`,
    { flags: ['--no-warnings'] },
  )
  if (ended.code !== 0) throw new Error(ended.stderr)
  return { ...ended, report: JSON.parse(ended.stdout) }
}

describe('in one process', () => {
  it('two packed copies, ESM and require(), and a bundled one share the default registry', async () => {
    const { report, stderr } = await run(
      'share.mjs',
      `
      import { createRequire } from 'node:module'
      import * as a from 'core-a'
      const require = createRequire(import.meta.url)
      const early = a.defaultRegistry().scope('early')
      a.defaultRegistry().logger = silent
      const b = await import('core-b')
      const bundled = require('./bundled.cjs')
      const copies = [a, b, bundled, require('core-a'), require('core-b')]

      const registries = new Set(copies.map(copy => copy.defaultRegistry())).size
      const classes = new Set(copies.map(copy => copy.WedgeRegistry)).size
      const early2 = copies.every(copy => copy.defaultRegistry().scope('early') === early)
      bundled.markWedged('stuck')
      const reasons = copies.map(copy => copy.wedgeReason())
      b.clearWedge()
      const flags = copies.map(copy => copy.isWedged())
      b.defaultRegistry().scope('early').mark('early stuck')
      report({ registries, classes, early2, reasons, flags, early: early.reason() })`,
    )
    expect(report).toEqual({
      registries: 1,
      // ESM and require() of one folder are one instance; each other copy has its own.
      classes: 3,
      early2: true,
      reasons: Array(5).fill('stuck'),
      flags: Array(5).fill(false),
      early: 'early stuck',
    })
    expect(stderr).toBe('')
  })

  it('require() first and import later are the same instance', async () => {
    const { report } = await run(
      'require-first.cjs',
      `
      const required = require('core-a')
      import('core-a').then(imported => {
        report(['WedgeRegistry', 'WedgedError', 'markWedged'].map(name => required[name] === imported[name]))
      })`,
    )
    expect(report).toEqual([true, true, true])
  })

  it('a copy sees the `run` of another; one AsyncLocalStorage serves all, made by the first run alone', async () => {
    const { report } = await run(
      'run.mjs',
      `
      import { AsyncLocalStorage } from 'node:async_hooks'
      let made = 0
      class Counted extends AsyncLocalStorage {
        constructor() {
          super()
          made++
        }
      }
      process.getBuiltinModule = () => ({ AsyncLocalStorage: Counted })
      const a = await import('core-a')
      const b = await import('core-b')
      const registry = a.defaultRegistry()
      registry.logger = silent
      b.markWedged('stuck')
      registry.on('change', () => {})
      const reads = [b.isWedged(), b.wedgeReason(), registry.current.scope, registry.snapshot().count]
      b.clearWedge()
      const before = made

      const inside = await registry.run('adapter', async () => {
        await null
        b.markWedged('adapter stuck')
        return [b.isWedged(), b.wedgeReason(), b.defaultRegistry().current.scope, new b.WedgeRegistry().run('x', () => a.isWedged())]
      })
      const bound = b.defaultRegistry().bind('bound', () => a.markWedged('bound stuck'))
      bound()
      report({ reads, before, inside, bound: registry.scope('bound').reason(), made })`,
    )
    expect(report).toEqual({
      reads: [true, 'stuck', 'default', 1],
      before: 0,
      inside: [true, 'adapter stuck', 'adapter', false],
      bound: 'bound stuck',
      made: 1,
    })
  })
})

describe('that cannot share', () => {
  const SEPARATE = `
    const a = await import('core-a')
    const b = await import('core-b')
    a.markWedged('a stuck')
    b.markWedged('b stuck')
    const inside = a.defaultRegistry().run('adapter', () => [a.isWedged(), b.isWedged()])
    const reasons = [a.wedgeReason(), b.wedgeReason()]
    a.clearWedge()
    report({ reasons, inside, flags: [a.isWedged(), b.isWedged()] })`
  const separate = { reasons: ['a stuck', 'b stuck'], inside: [false, true], flags: [false, true] }

  /** The lines that say that a copy is alone. */
  const alone = (stderr: string): { level: number; msg: string }[] =>
    stderr
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
      .filter(line => line.msg.includes('@runtime-wedge/core'))

  it('for an incompatible slot, each has a registry of its own, and one error line names both protocols', async () => {
    const slot = "globalThis[Symbol.for('@runtime-wedge/core')] = { protocol: 2, isWedged: () => true }\n"
    const { report, stderr } = await run('incompatible.mjs', slot + SEPARATE)
    expect(report).toEqual(separate)
    const lines = alone(stderr)
    expect(lines).toHaveLength(2)
    for (const { level, msg } of lines) {
      expect(level).toBe(50)
      expect(msg).toMatch(/protocol 1\b.*protocol 2\b|protocol 2\b.*protocol 1\b/)
      expect(msg).toContain("the other copy's wedges are not seen here")
    }
  })

  it('for a frozen globalThis, likewise', async () => {
    const { report, stderr } = await run('frozen.mjs', `Object.freeze(globalThis)\n${SEPARATE}`)
    expect(report).toEqual(separate)
    const lines = alone(stderr)
    expect(lines).toHaveLength(2)
    for (const { msg } of lines) expect(msg).toMatch(/not extensible.*not seen here/)
  })

  it('a globalThis that is frozen after the slot was made is no hindrance', async () => {
    const { report, stderr } = await run(
      'frozen-later.mjs',
      `
      const a = await import('core-a')
      a.defaultRegistry().logger = silent
      Object.freeze(globalThis)
      const b = await import('core-b')
      b.markWedged('stuck')
      report(a.defaultRegistry().run('adapter', () => [b.isWedged(), a.defaultRegistry().reason()]))`,
    )
    expect(report).toEqual([false, 'stuck'])
    expect(stderr).toBe('')
  })
})

describe('beyond one global object the flag is not shared (a host reports for each)', () => {
  it('a worker thread has a default registry of its own', async () => {
    const { report } = await run(
      'worker.mjs',
      `
      import { Worker } from 'node:worker_threads'
      import { once } from 'node:events'
      import { defaultRegistry, isWedged, markWedged } from 'core-a'
      defaultRegistry().logger = silent
      markWedged('main stuck')
      const code = \`
        import { parentPort } from 'node:worker_threads'
        const core = await import('core-a')
        core.defaultRegistry().logger = { error() {}, warn() {}, info() {} }
        const before = core.isWedged()
        core.markWedged('worker stuck')
        parentPort.postMessage([before, core.wedgeReason()])\`
      const worker = new Worker(code.replace("'core-a'", JSON.stringify(import.meta.resolve('core-a'))), { eval: true, type: 'module' })
      const [inWorker] = await once(worker, 'message')
      report({ inWorker, inMain: defaultRegistry().reason(), marks: defaultRegistry().default.marks })`,
    )
    expect(report).toEqual({ inWorker: [false, 'worker stuck'], inMain: 'main stuck', marks: 1 })
  })

  it('a vm context has one too', async () => {
    const source = await readFile(join(box.dir, 'bundled.cjs'), 'utf8')
    const load = (): typeof import('@runtime-wedge/core') => {
      const sandbox = createContext({
        require: createRequire(join(box.dir, 'bundled.cjs')),
        module: { exports: {} },
        process,
        Buffer,
        URL,
        AbortController,
        setTimeout,
      })
      runInContext(`globalThis.global = globalThis\n${source}`, sandbox)
      return sandbox.module.exports
    }
    const [one, other] = [load(), load()]
    for (const copy of [one, other]) copy.defaultRegistry().logger = { error() {}, warn() {}, info() {} }
    one.markWedged('one stuck')
    expect([one.isWedged(), other.isWedged()]).toEqual([true, false])
    expect(one.defaultRegistry()).not.toBe(other.defaultRegistry())
    // An error of the one realm is still an error to the other: nothing asks `instanceof`.
    other.markWedged(runInContext('new Error("of another realm")', createContext()))
    expect(other.wedgeReason()).toBe('of another realm')
  })
})

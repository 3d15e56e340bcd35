import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundleSource, link, runScript, type Sandbox, sandbox } from '../support/child.ts'

let box: Sandbox
beforeAll(async () => {
  box = await sandbox()
  await link(box.dir, 'pino', 'eventemitter3')
  await bundleSource(join(box.dir, 'core.mjs'))
})
afterAll(() => box.remove())

const PRELUDE = `
  import { WedgeRegistry } from './core.mjs'
  const registry = new WedgeRegistry({ logger: { error() {}, warn() {}, info() {} } })
  const collect = async () => {
    for (let round = 0; round < 3; round++) {
      await new Promise(resolve => setImmediate(resolve))
      gc()
    }
  }
  const megabytes = async () => {
    await collect()
    return process.memoryUsage().heapUsed / 2 ** 20
  }
  const alive = refs => Object.keys(refs).filter(name => refs[name].deref() !== undefined)
  const report = value => process.stdout.write(JSON.stringify(value))`

async function run(name: string, script: string): Promise<unknown> {
  const { code, stdout, stderr } = await runScript(box.dir, name, PRELUDE + script, { flags: ['--expose-gc'] })
  expect(stderr).toBe('')
  expect(code).toBe(0)
  return JSON.parse(stdout)
}

it('a released scope leaves nothing behind, though its listeners had signals that live on', async () => {
  const left = await run(
    'released.mjs',
    `
    const controller = new AbortController()
    const refs = {}
    ;(() => {
      const state = registry.scope('a')
      const listener = () => {}
      state.on('change', listener, { signal: controller.signal })
      state.healthy({ signal: controller.signal })
      state.mark('stuck', { cause: (refs.cause = new WeakRef({})).deref() })
      void state.signal
      state.healthy({ signal: controller.signal })
      registry.release('a')
      const late = () => {}
      state.on('change', late, { signal: controller.signal })
      Object.assign(refs, { state: new WeakRef(state), listener: new WeakRef(listener), late: new WeakRef(late) })
    })()
    await collect()
    report(alive(refs))
    controller.abort()`,
  )
  expect(left).toEqual([])
})

it('an aborted, removed or spent listener leaves nothing behind; nor does what was waited for', async () => {
  const left = await run(
    'listeners.mjs',
    `
    const refs = {}
    const living = new AbortController()
    ;(() => {
      const listener = name => {
        const f = () => {}
        refs[name] = new WeakRef(f)
        return f
      }
      const controller = new AbortController()
      registry.on('change', listener('aborted'), { signal: controller.signal })
      registry.default.on('change', listener('own'), { signal: controller.signal })
      controller.abort()
      registry.on('change', listener('dead from the start'), { signal: AbortSignal.abort() })
      registry.on('aggregate', listener('removed'), { signal: living.signal })()
      registry.on('change', listener('spent'), { once: true, signal: living.signal })
      const error = new Error('gone')
      registry.default.mark(error)
      refs.cause = new WeakRef(error)
      registry.snapshot()
      const promise = registry.default.healthy({ signal: living.signal })
      refs.promise = new WeakRef(promise)
      const iterator = registry.changes({ signal: living.signal })
      registry.default.clear()
      iterator.return()
      refs.iterator = new WeakRef(iterator)
    })()
    await collect()
    report(alive(refs))
    living.abort()`,
  )
  expect(left).toEqual([])
})

it('a cut reason does not keep the long text alive', async () => {
  const grown = await run(
    'reasons.mjs',
    `
    const before = await megabytes()
    for (let index = 0; index < 50; index++) {
      const long = Buffer.alloc(2 ** 20, 'a' + index).toString('latin1')
      registry.scope('string ' + index).mark(long)
      registry.scope('error ' + index).mark({ message: long + '!' }, { cause: 0 })
    }
    report((await megabytes()) - before)
    if (registry.wedgedCount !== 100) throw new Error('optimised away')`,
  )
  expect(grown).toBeLessThan(10)
})

it('twenty thousand scopes made, wedged, listened to and released leave nothing behind', async () => {
  const grown = await run(
    'scopes.mjs',
    `
    const round = count => {
      for (let index = 0; index < count; index++) {
        const state = registry.scope('scope ' + index)
        state.on('change', () => {})
        void state.signal
        state.attempt()
        state.mark('stuck')
      }
      for (let index = 0; index < count; index++) registry.release('scope ' + index)
    }
    round(1_000)
    const before = await megabytes()
    round(20_000)
    report((await megabytes()) - before)
    if (registry.size !== 1) throw new Error('not released')`,
  )
  expect(grown).toBeLessThan(2)
})

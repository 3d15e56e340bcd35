import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleSource, link, runScript, type Sandbox, sandbox } from '../support/child.ts'

let box: Sandbox
beforeAll(async () => {
  box = await sandbox()
  await link(box.dir, 'pino', 'eventemitter3')
  await bundleSource(join(box.dir, 'core.mjs'))
})
afterAll(() => box.remove())

const MARK_AND_CLEAR = `
  import { WedgeRegistry } from './core.mjs'
  const registry = new WedgeRegistry()
  const state = registry.scope('mcp:fs')
  state.on('change', () => { throw new Error('listener broke') })
  const did = [state.mark('stuck'), state.clear(), registry.release('default')]
  process.stdout.write(JSON.stringify(did))`

describe('the default logger', () => {
  it('writes JSON lines to stderr, and nothing to stdout', async () => {
    const { code, stdout, stderr } = await runScript(box.dir, 'log.mjs', MARK_AND_CLEAR)
    expect([code, stdout]).toEqual([0, '[true,true,false]'])
    const lines = stderr
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(lines).toMatchObject([
      {
        name: 'runtime-wedge',
        level: 50,
        scope: 'mcp:fs',
        reason: 'stuck',
        msg: expect.stringMatching(/^runtime wedge detected: stuck/),
      },
      { level: 50, scope: 'mcp:fs', event: 'change', err: { message: 'listener broke' } },
      { level: 30, scope: 'mcp:fs', reason: 'stuck', msg: expect.stringMatching(/^runtime wedge cleared/) },
      { level: 50, scope: 'mcp:fs', event: 'change', err: { type: 'Error', stack: expect.any(String) } },
      { level: 40, scope: 'default' },
    ])
  })

  it('throws nothing when stderr is closed', async () => {
    const script = `import { closeSync } from 'node:fs'\ncloseSync(2)\n${MARK_AND_CLEAR}`
    const closed = await runScript(box.dir, 'closed.mjs', script)
    expect(closed).toEqual({ code: 0, stdout: '[true,true,false]', stderr: '' })
  })

  it('throws nothing when the reader of stderr is gone', async () => {
    const script = `
      import { spawn } from 'node:child_process'
      import { once } from 'node:events'
      const child = spawn(process.execPath, ['host.mjs'], { stdio: ['pipe', 'pipe', 'pipe'] })
      child.stderr.destroy()
      await once(child.stderr, 'close')
      child.stdin.end()
      child.stdout.pipe(process.stdout)
      const [code] = await once(child, 'close')
      process.exitCode = code`
    await runScript(box.dir, 'host.mjs', `for await (const _ of process.stdin);\nawait import('./body.mjs')`)
    await runScript(box.dir, 'body.mjs', MARK_AND_CLEAR)
    const { code, stdout } = await runScript(box.dir, 'parent.mjs', script)
    expect([code, stdout]).toEqual([0, '[true,true,false]'])
  })

  it('is built by the first line: a registry that logs nothing opens nothing', async () => {
    const { stdout } = await runScript(
      box.dir,
      'lazy.mjs',
      `
      import pino from 'pino'
      const { destination } = pino
      let built = 0
      pino.pino.destination = options => (built++, destination(options))
      const { WedgeRegistry } = await import('./core.mjs')
      const registry = new WedgeRegistry()
      registry.scope('a').clear()
      const before = built
      registry.scope('a').mark('stuck')
      new WedgeRegistry().scope('a').mark('stuck')
      process.stdout.write(JSON.stringify([before, built]))`,
    )
    expect(stdout).toBe('[0,1]')
  })
})

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

// What a whole process does is seen in a process of its own, on what is built.
const cwd = fileURLToPath(new URL('../..', import.meta.url))

async function runNode(script: string, ...flags: string[]): Promise<unknown> {
  const prelude = `
    import { createServer } from 'node:http'
    import { once } from 'node:events'
    import { setTimeout as sleep } from 'node:timers/promises'
    import { WedgeRegistry } from '@runtime-wedge/core'
    import { startHeartbeat } from '@runtime-wedge/core/heartbeat'
    process.on('unhandledRejection', error => { console.error('unhandled', error); process.exit(3) })
    const logger = { error() {}, warn() {}, info() {} }
    const registry = new WedgeRegistry({ logger })
    const serve = async answer => {
      const server = createServer((request, response) => void request.resume().on('end', () => answer(response)))
      await once(server.listen(0, '127.0.0.1'), 'listening')
      return { server, url: 'http://127.0.0.1:' + server.address().port }
    }
  `
  const args = [...flags, '--input-type=module', '-e', prelude + script]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, timeout: 60_000 })
  return JSON.parse(stdout)
}

test('a scheduled beat, a retry or a hung headers() does not keep the process alive', async () => {
  const beats = await runNode(`
    let beats = 0
    const { server, url } = await serve(response => { beats++; response.end() })
    startHeartbeat({ url, workspaceId: 'scheduled', registry })
    startHeartbeat({ url: 'http://127.0.0.1:1', workspaceId: 'in backoff', registry })
    const headers = () => new Promise(() => {})
    startHeartbeat({ url, workspaceId: 'hung', registry, headers, timeoutMs: 3_600_000 })
    while (beats < 1) await sleep(5)
    server.close()
    process.on('exit', () => console.log(beats))
  `)
  expect(beats).toBe(1)
}, 60_000)

test('the process waits for stop(), even if headers() hangs', async () => {
  const said = await runNode(`
    const said = []
    process.on('exit', () => console.log(JSON.stringify(said)))
    const heartbeat = startHeartbeat({ url: 'http://127.0.0.1:1', workspaceId: 'w1', registry, timeoutMs: 100, headers: () => new Promise(() => {}) })
    await heartbeat.stop()
    said.push('stopped')
  `)
  expect(said).toEqual(['stopped'])
}, 60_000)

test('after stop() no timer and no socket is left, whatever the platform did', async () => {
  const left = await runNode(`
    const answers = [
      response => response.end('{}'),
      response => response.writeHead(500).end('no'),
      response => response.writeHead(200).write('never ends'),
      response => response.destroy(),
      () => {},
    ]
    const left = []
    for (const answer of answers) {
      const { server, url } = await serve(answer)
      const heartbeat = startHeartbeat({ url, workspaceId: 'w1', registry, scopes: true, timeoutMs: 200, intervalMs: 10 })
      for (let i = 0; i < 20; i++) {
        await sleep(5)
        if (!registry.scope('a').mark('died')) registry.scope('a').clear()
      }
      await heartbeat.stop()
      const connections = () => new Promise(resolve => server.getConnections((_, count) => resolve(count)))
      for (let i = 0; i < 1_000 && await connections() > 2; i++) await sleep(5)
      left.push(await connections() <= 2 || 'sockets')
      // Sockets that are idle in the pool of the global fetch are unref'd: they count on the server's side only.
      server.close()
      server.closeAllConnections()
      const active = () => process.getActiveResourcesInfo().filter(name => !/Pipe|TTY|File/.test(name))
      for (let i = 0; i < 1_000 && active().length > 0; i++) await sleep(5)
      left.push(...active())
    }
    console.log(JSON.stringify(left))
  `)
  expect(left).toEqual([true, true, true, true, true])
}, 60_000)

// By SIGSTOP here; a debugger or a blocked event loop does the same. The platform answers meanwhile.
test.each([
  ['a beat', 1, 'new Promise(resolve => setTimeout(resolve, 3_000))'],
  ['the last beat of stop()', 2, 'heartbeat.stop()'],
])(
  'a process that was paused during %s has delivered it, once',
  async (_, paused, then) => {
    const host = `
    import { WedgeRegistry } from '@runtime-wedge/core'
    import { startHeartbeat } from '@runtime-wedge/core/heartbeat'
    const lines = []
    const write = (fields, message) => lines.push(message)
    const logger = { error: write, warn: write, info: write }
    const options = { registry: new WedgeRegistry({ logger }), timeoutMs: 1_000, intervalMs: 3_600_000 }
    const heartbeat = startHeartbeat({ url: process.argv[1], workspaceId: 'w1', ...options })
    await new Promise(resolve => setTimeout(resolve, 500))
    await ${then}
    console.log(JSON.stringify(lines))
    process.exit()
  `
    const seen = await runNode(`
    import { spawn } from 'node:child_process'
    let beats = 0
    const { server, url } = await serve(async response => {
      if (++beats === ${paused}) {
        host.kill('SIGSTOP')
        setTimeout(() => host.kill('SIGCONT'), 2_000)
      }
      response.end()
    })
    const args = ['--input-type=module', '-e', ${JSON.stringify(host)}, url]
    const host = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const lines = JSON.parse((await host.stdout.toArray()).join(''))
    server.close()
    server.closeAllConnections()
    console.log(JSON.stringify({ beats, lines }))
  `)
    expect(seen).toEqual({ beats: paused, lines: [] })
  },
  60_000,
)

test('a million transitions against a slow platform leave memory flat', async () => {
  const { beats, grown } = (await runNode(
    `
    let beats = 0
    const { server, url } = await serve(response => { beats++; setTimeout(() => response.end(), 20) })
    const heartbeat = startHeartbeat({ url, workspaceId: 'w1', registry, scopes: true })
    const state = registry.scope('a')
    const flip = async pairs => {
      for (let i = 0; i < pairs; i++) {
        state.mark('died')
        state.clear()
        if (i % 1_000 === 0) await sleep(0)
      }
      await sleep(50)
      gc()
      return process.memoryUsage().heapUsed
    }
    await flip(50_000)
    const before = await flip(50_000)
    const after = await flip(500_000)
    await heartbeat.stop()
    server.close()
    console.log(JSON.stringify({ beats, grown: after - before }))
  `,
    '--expose-gc',
  )) as { beats: number; grown: number }
  expect(grown).toBeLessThan(1_000_000)
  expect(beats).toBeLessThan(2_000)
}, 60_000)

import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { followCommands } from '../src/commands.ts'
import { createParser, type ServerSentEvent, serverSentEvents } from '../src/server-sent-events.ts'

describe('the format', () => {
  const text =
    'retry: 500\n\n: a comment\nevent: restart\nid: 1\ndata: {"a":\ndata: 1}\n\ndata\n\nevent: empty\n\ndata:x\u2028y\n\n'
  const events = [
    { event: 'restart', data: '{"a":\n1}', id: '1' },
    { event: 'message', data: '', id: '1' },
    { event: 'message', data: 'x\u2028y', id: '1' },
  ]

  test.each(['\n', '\r\n', '\r'])('lines that end with %j, in pieces of any size', end => {
    const stream = `${text.replaceAll('\n', end)}:`
    expect(createParser()(stream)).toEqual(events)
    const parse = createParser()
    expect([...stream].flatMap(character => parse(character))).toEqual(events)
  })
})

describe('over HTTP', () => {
  let server: Server
  const end = new AbortController()

  async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
    server = createServer(answer).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  test('connects again after an end, an error and a silence, and names the last event', async () => {
    const lastIds: unknown[] = []
    const url = await listen((request, response) => {
      lastIds.push(request.headers['last-event-id'])
      const n = lastIds.length
      if (n === 2) return void response.writeHead(503).end()
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(`id: ${n}\ndata: ${n}\n\n`)
      if (n === 1) response.end()
      if (n === 3) response.destroy()
    })
    const seen: ServerSentEvent[] = []
    for await (const event of serverSentEvents(url, { signal: end.signal, retryMs: 1, silenceMs: 1_000 })) {
      seen.push(event)
      if (event.data === '5') break
    }
    expect(lastIds).toHaveLength(5)
    expect(seen.length).toBeGreaterThan(1)
    expect(lastIds[4]).toBe(seen.at(-2)?.data)
  })

  test('ends at once when its signal aborts, during a stream and during a pause', async () => {
    const url = await listen((_request, response) => {
      response.writeHead(200).write('data: hello\n\n')
    })
    const stop = new AbortController()
    for await (const _ of serverSentEvents(url, { signal: stop.signal })) stop.abort()

    const pause = new AbortController()
    const refused = serverSentEvents('http://127.0.0.1:1', { signal: pause.signal, retryMs: 600_000 }).next()
    setTimeout(() => pause.abort(), 50)
    expect(await refused).toEqual({ done: true, value: undefined })
  })

  test('only well-formed restart commands of its own workspace are carried out', async () => {
    const asked: (string | undefined)[] = []
    const url = await listen((request, response) => {
      asked.push(request.url, request.headers.authorization)
      const frames = [
        'event: listening\ndata: {}',
        'event: restart\ndata: garbage',
        'event: restart\ndata: {"scope":7}',
      ]
      response.writeHead(200).write(`${[...frames, 'event: restart\ndata: {"scope":"mcp:files"}'].join('\n\n')}\n\n`)
    })
    const stop = new AbortController()
    const scopes: string[] = []
    await followCommands({
      url,
      workspaceId: 'my workspace',
      headers: { authorization: 'Bearer secret' },
      signal: stop.signal,
      onRestart: scope => {
        scopes.push(scope)
        stop.abort()
      },
    })
    expect(asked).toEqual(['/workspaces/my%20workspace/commands', 'Bearer secret'])
    expect(scopes).toEqual(['mcp:files'])
  })
})

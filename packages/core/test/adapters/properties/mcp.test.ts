import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { type JSONRPCMessage, McpError } from '@modelcontextprotocol/sdk/types.js'
import { guardMcpClient } from '@runtime-wedge/core/adapters/mcp'
import {
  checkGuard,
  type GuardSubject,
  type MakeGuardSubject,
  peerLives,
  type ScriptedPeer,
} from '@runtime-wedge/testing/fast-check'
import { expect, test, vi } from 'vitest'
import { useFakeTime } from '../../support/fake-time.ts'

useFakeTime()

/** Errors of a live server that look like the SDK's own. */
const LOOK_ALIKES = [
  { code: -32000, message: 'Connection closed' },
  { code: -32001, message: 'Request timed out', data: { timeout: 1_000 } },
  { code: -32603, message: 'Internal error' },
]

/** The near end of a connection whose far end is a scripted server. */
function serve(peer: ScriptedPeer): InMemoryTransport {
  const [near, far] = InMemoryTransport.createLinkedPair()
  let errors = 0
  const answer = (id: string | number, result: Promise<object>): void => {
    const send = (outcome: object): void => {
      far.send({ jsonrpc: '2.0', id, ...outcome } as JSONRPCMessage).catch(() => {})
    }
    result.then(
      result => send({ result }),
      error => error.name === 'PeerAnswerError' && send({ error: LOOK_ALIKES[errors++ % LOOK_ALIKES.length] }),
    )
  }
  far.onmessage = message => {
    if (!('method' in message && 'id' in message)) return
    const { id, method } = message
    if (method === 'initialize') {
      const { protocolVersion } = message.params as { protocolVersion: string }
      const serverInfo = { name: 'stub', version: '1' }
      answer(
        id,
        peer.connect().then(() => ({ protocolVersion, serverInfo, capabilities: { tools: {} } })),
      )
    } else
      answer(
        id,
        peer.request().then(text => ({ content: [{ type: 'text', text }], isError: text === '' })),
      )
  }
  peer.onGone(() => void far.close())
  return near
}

/** @param renews whether a restart makes a new client, or connects the same one again */
const mcp =
  (renews: boolean): MakeGuardSubject =>
  (state, { deadlineMs, suspectLimit }): GuardSubject => {
    const make = (): Client => {
      const client = new Client({ name: 'host', version: '1' })
      guardMcpClient(client, state, { connectDeadlineMs: deadlineMs, requestDeadlineMs: deadlineMs, suspectLimit })
      return client
    }
    let client = make()
    return {
      connect(peer, { signal }) {
        if (renews) client = make()
        return client.connect(serve(peer), { signal })
      },
      request: ({ signal }) => client.callTool({ name: 'echo' }, undefined, { signal }),
      close: () => client.close(),
    }
  }

const lives = peerLives({
  replies: ['answer', 'late answer', 'error', 'empty', 'silence', 'death', 'close', 'abort'],
})

test.each([
  ['the same client, connected again', false],
  ['a new client after each restart', true],
])('no missed wedge, no false one, over random lives of servers: %s', async (_, renews) => {
  await checkGuard(mcp(renews), { advance: ms => vi.advanceTimersByTimeAsync(ms), lives, numRuns: 300 })
})

test('a guard that took a look-alike for a time-out would be found', async () => {
  const fooled: MakeGuardSubject = (state, settings) => {
    const subject = mcp(true)(state, settings)
    return {
      ...subject,
      request: call =>
        Promise.resolve(subject.request(call)).catch(error => {
          if (error instanceof McpError && error.code === -32001) state.mark(error)
        }),
    }
  }
  await expect(checkGuard(fooled, { advance: ms => vi.advanceTimersByTimeAsync(ms), lives, seed: 1 })).rejects.toThrow(
    /^false wedge: /,
  )
})

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { WedgeState } from '@runtime-wedge/core'
import { guardClaude } from '@runtime-wedge/core/adapters/claude-agent'
import { describe, expect, test } from 'vitest'
import { newState, Prompts, pass, scriptedSdk, success, text, useFakeTime } from './claude-support.ts'
import { guarded } from './mcp-support.ts'

const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8')
const rows = [...readme.matchAll(/^\| `(@[^`]+)` +\| ([\d.]+) +\| (.+?) +\| (.+?) +\|$/gm)].map(
  ([, sdk, version, detected, after]) => ({ sdk: sdk!, version: version!, detected: detected!, after: after! }),
)

/** Makes a wedge with the adapter's defaults; the milliseconds that each of its deadlines takes, none if it is seen at once. */
const proofs: Record<string, () => Promise<{ state: WedgeState; deadlines: number[] }>> = {
  '`connect` without an answer': async () => {
    const { client, state } = guarded()
    const [near] = InMemoryTransport.createLinkedPair()
    client.connect(near).catch(() => {})
    return { state, deadlines: [120_000] }
  },
  'two requests in a row without an answer': async () => {
    const { client, state, server } = await served()
    server.transport!.onmessage = () => {}
    client
      .ping()
      .catch(() => client.ping())
      .catch(() => {})
    return { state, deadlines: [60_000, 60_000] }
  },
  'the server is gone': async () => {
    const { state, server } = await served()
    await server.close()
    return { state, deadlines: [] }
  },
  'a turn without a message, be it the first or a later one': async () => {
    const { state, prompts, query } = session()
    prompts.push()
    await pass(0)
    await query.say(text, success)
    await pass(3_600_000)
    expect(state.isWedged()).toBe(false)
    prompts.push()
    await pass(0)
    return { state, deadlines: [120_000] }
  },
  'the process is gone': async () => {
    const { state, prompts, query } = session()
    prompts.push()
    await pass(0)
    await query.say(new Error('Claude Code process exited with code 1'))
    return { state, deadlines: [] }
  },
}

async function served() {
  const it = guarded()
  const [near, far] = InMemoryTransport.createLinkedPair()
  const server = new Server({ name: 'stub', version: '1' }, { capabilities: {} })
  await server.connect(far)
  await it.client.connect(near)
  return { ...it, server }
}

function session() {
  const state = newState()
  const prompts = new Prompts()
  const query = guardClaude(scriptedSdk, state).query({ prompt: prompts })
  ;(async () => {
    for await (const _ of query);
  })().catch(() => {})
  return { state, prompts, query }
}

const told = (deadlines: number[]): string => {
  const [first, ...more] = deadlines
  return first === undefined ? 'at once' : `${first / 1_000} s${more.length > 0 ? ' each' : ''}`
}

describe('the README tells what the adapters detect by their defaults, and after how long', () => {
  useFakeTime()

  test('each detection that is proved here, and no other', () => {
    expect(rows.map(row => row.detected)).toEqual(Object.keys(proofs))
  })

  test.each(rows)('$sdk $version: $detected', async ({ sdk, version, detected, after }) => {
    expect(installed(sdk)).toBe(version)
    const { state, deadlines } = await proofs[detected]!()
    expect(after).toBe(told(deadlines))
    for (const deadlineMs of deadlines) {
      await pass(deadlineMs - 1)
      expect(state.isWedged()).toBe(false)
      await pass(1)
    }
    expect(state.isWedged()).toBe(true)
  })
})

function installed(sdk: string): string {
  let folder = dirname(
    createRequire(import.meta.url).resolve(sdk === '@modelcontextprotocol/sdk' ? `${sdk}/client/index.js` : sdk),
  )
  for (; ; folder = dirname(folder)) {
    try {
      const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as Record<string, string>
      if (name === sdk) return version!
    } catch {}
  }
}

import { createGuard, redactSecrets } from '@runtime-wedge/core/guard'
import { createTestRegistry } from '@runtime-wedge/testing'
import { describe, expect, it } from 'vitest'

const KEY = `sk-ant-api03-${'aB3'.repeat(20)}`

describe('a secret in what failed', () => {
  it.each<[string, Error, object]>([
    ['the message', new Error(`401 from https://user:hunter2@api.example/?key=${KEY}`), {}],
    ['a long message, where the cut would go through it', new Error(`${'x'.repeat(90)} Bearer ${KEY}`), {}],
    ["the host's own description", new Error('no'), { describe: () => `sign in again: ${KEY}` }],
  ])('never reaches the reason, the log or a snapshot: in %s', async (_, error, options) => {
    const { registry, lines } = createTestRegistry()
    const guard = createGuard(registry.scope('mcp:fs'), { connectDeadlineMs: 1_000, ...options })
    await expect(guard.connect(() => Promise.reject(error))).rejects.toBe(error)
    expect(registry.reason()).toContain('[redacted]')
    for (const text of [registry.reason(), JSON.stringify(registry), JSON.stringify(lines)]) {
      expect(text).not.toContain('aB3')
      expect(text).not.toContain('hunter2')
    }
  })
})

it('what a host marks by hand stays verbatim: redactSecrets is there for it', () => {
  const { registry } = createTestRegistry()
  registry.default.mark(`token ${KEY}`)
  expect(registry.reason()).toContain(KEY)
  expect(redactSecrets(registry.reason())).not.toContain('aB3')
})

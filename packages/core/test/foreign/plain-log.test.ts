import { describe, expect, it, vi } from 'vitest'
import { withoutPino } from '../support/lone-copy.ts'

describe('the default logger without pino', () => {
  it('writes plain JSON lines to the console', async () => {
    vi.resetModules()
    const pino = withoutPino()
    const error = vi.spyOn(console, 'error').mockImplementation(() => {})
    try {
      const { WedgeRegistry } = await import('@runtime-wedge/core')
      const registry = new WedgeRegistry()
      registry.default.on('change', () => {
        throw Object.assign(new TypeError('listener broke'), { circular: registry })
      })
      expect(registry.default.mark('stuck')).toBe(true)
      expect(registry.default.clear()).toBe(true)
      expect(registry.release('default')).toBe(false)
      expect(error.mock.calls.map(([line]) => JSON.parse(line))).toMatchObject([
        {
          level: 50,
          name: 'runtime-wedge',
          scope: 'default',
          reason: 'stuck',
          msg: expect.stringMatching(/^runtime wedge detected: stuck/),
        },
        {
          level: 50,
          event: 'change',
          err: { type: 'TypeError', message: 'listener broke', stack: expect.stringContaining('plain-log.test') },
        },
        { level: 30, scope: 'default', time: expect.any(Number), msg: expect.stringMatching(/^runtime wedge cleared/) },
        { level: 50, event: 'change', err: { message: 'listener broke' } },
        { level: 40, scope: 'default', msg: expect.stringContaining('release ignored') },
      ])
      error.mockImplementation(() => {
        throw new Error('no console either')
      })
      expect(registry.default.mark('stuck')).toBe(true)
    } finally {
      error.mockRestore()
      pino.mockRestore()
      vi.resetModules()
    }
  })

  it('keeps a plain line whose fields cannot be written as JSON', async () => {
    vi.resetModules()
    const pino = withoutPino()
    const error = vi.spyOn(console, 'error').mockImplementation(() => {})
    try {
      const { WedgeRegistry } = await import('@runtime-wedge/core')
      const circular: { self?: object } = {}
      circular.self = circular
      new WedgeRegistry().logger.error({ circular, count: 1n }, 'said all the same')
      new WedgeRegistry().logger.info({ count: 1n }, 'with a bigint')
      expect(error.mock.calls.map(([line]) => JSON.parse(line))).toMatchObject([
        { level: 50, msg: 'said all the same' },
        { level: 30, count: '1', msg: 'with a bigint' },
      ])
    } finally {
      error.mockRestore()
      pino.mockRestore()
      vi.resetModules()
    }
  })
})

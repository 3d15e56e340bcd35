import { WedgeRegistry } from '@runtime-wedge/core'
import { type HeartbeatFetch, runtimeStateFields, startHeartbeat } from '@runtime-wedge/core/heartbeat'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'

/** What the link may do to one request; the platform gets the body at once, later, or never. */
const faults = ['refused', '500', '401', 'answer lost', 'silent', 'late', 'deaf', 'no headers', 'ok'] as const
type Fault = (typeof faults)[number]

const step = fc.oneof(
  fc.record({ act: fc.constantFrom('mark', 'clear', 'release'), key: fc.constantFrom('a', 'b', 'c', 'default') }),
  fc.record({ act: fc.constant('wait'), ms: fc.integer({ min: 0, max: 40_000 }) }),
)

const INTERVAL_MS = 30_000
const TIMEOUT_MS = 10_000

test('whatever faults the link has, the platform ends with the state of the host', async () => {
  vi.useFakeTimers()
  const silent = { error() {}, warn() {}, info() {} }
  try {
    const schedules = fc.array(fc.constantFrom<Fault>(...faults), { maxLength: 12 })
    const run = fc.asyncProperty(schedules, fc.array(step, { maxLength: 30 }), async (schedule, steps) => {
      const link = [...schedule]
      let known: Record<string, unknown> = {}
      let open = 0
      const answer = async (body: string, aborted: Promise<never>) => {
        const apply = () => {
          known = JSON.parse(body)
        }
        switch (link.shift() ?? 'ok') {
          case 'refused':
            throw new TypeError('fetch failed')
          case '500':
            return { status: 500 }
          case '401':
            return { status: 401 }
          case 'answer lost':
            apply()
            throw new TypeError('fetch failed')
          case 'silent':
            return aborted
          case 'late':
            setTimeout(apply, TIMEOUT_MS + 5_000)
            return aborted
          case 'deaf':
            await aborted.catch(() => new Promise(() => {}))
        }
        await Promise.resolve()
        apply()
        return { status: 200 }
      }
      const fetch: HeartbeatFetch = async (_, init) => {
        expect(++open).toBe(1)
        const aborted = new Promise<never>((_, reject) => {
          init.signal.addEventListener('abort', () => reject(init.signal.reason))
        })
        // No answer later than the abort is taken, however deaf the link is.
        return Promise.race([aborted, answer(init.body, aborted)]).finally(() => open--)
      }
      const headers = () => {
        if (link[0] !== 'no headers') return {}
        link.shift()
        throw new Error('no token')
      }
      const registry = new WedgeRegistry({ logger: silent })
      const options = { url: 'http://platform', workspaceId: 'w1', registry, fetch, headers, logger: silent }
      const heartbeat = startHeartbeat({ ...options, intervalMs: INTERVAL_MS, timeoutMs: TIMEOUT_MS })
      const agree = () => {
        const { runtime_state, sample_error, wedged_scopes = [] } = known
        const fields = registry.isWedged() ? { runtime_state, sample_error } : {}
        expect(fields).toEqual(runtimeStateFields(registry))
        expect(runtime_state === 'wedged').toBe(registry.isWedged())
        expect(wedged_scopes).toEqual(registry.snapshot().scopes)
      }

      let reasons = 0
      for (const at of steps) {
        if ('ms' in at) await vi.advanceTimersByTimeAsync(at.ms)
        else if (at.act === 'mark') registry.scope(at.key).mark(`reason ${++reasons}`)
        else if (at.act === 'clear') registry.scope(at.key).clear()
        else registry.release(at.key)
      }
      // Each fault left costs at most a timeout and a backoff; then comes one beat on a sound link.
      await vi.advanceTimersByTimeAsync((link.length + 2) * (TIMEOUT_MS + INTERVAL_MS))
      expect(link).toEqual([])
      agree()
      // On a sound link no time passes between a transition and the platform's knowing it.
      registry.scope('a')[registry.scope('a').isWedged() ? 'clear' : 'mark']('the last word')
      await vi.advanceTimersByTimeAsync(0)
      agree()
      await heartbeat.stop()
      expect(vi.getTimerCount()).toBe(0)
    })
    await fc.assert(run, { numRuns: 500 })
  } finally {
    vi.useRealTimers()
  }
}, 60_000)

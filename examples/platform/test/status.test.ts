import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseHeartbeat } from '../src/body.ts'
import { completeWedges, type Heartbeat } from '../src/heartbeat.ts'
import { decide, type Status } from '../src/status.ts'
import { healthy, wedged } from './bodies.ts'

const heard = (body: object): Heartbeat => completeWedges(parseHeartbeat(body).heartbeat, undefined, 0)
const ok = heard(healthy())
const failing = (error_rate: number) => heard(healthy({ error_rate, sample_error: '503' }))
const oneWedge = heard(wedged(['a', 'no answer']))
const twoWedges = heard(wedged(['a', 'no answer'], ['b', 'gone']))

const byWedge = (beat: Heartbeat) => ({
  type: 'WORKSPACE_DEGRADED',
  payload: {
    runtime_state: 'wedged',
    sample_error: beat.sample_error,
    wedged_count: beat.wedged_count,
    wedged_scopes: beat.wedged_scopes,
  },
})
const byErrorRate = (error_rate: number) => ({
  type: 'WORKSPACE_DEGRADED',
  payload: { error_rate, sample_error: '503', wedged_count: 0, wedged_scopes: [] },
})
const online = { type: 'WORKSPACE_ONLINE', payload: {} }
const offline = { type: 'WORKSPACE_OFFLINE', payload: {} }
const stopped = { type: 'WORKSPACE_OFFLINE', payload: { reason: 'stopped by its host' } }
const leaving = (beat: Heartbeat): Heartbeat => ({ ...beat, leaving: true })

type Case = [
  what: string,
  before: Status,
  last: Heartbeat | undefined,
  now: Heartbeat | 'silence',
  after: Status,
  broadcast: object | undefined,
]

const cases: Case[] = [
  ['a wedge', 'online', ok, oneWedge, 'degraded', byWedge(oneWedge)],
  ['a high error rate', 'online', ok, failing(0.5), 'degraded', byErrorRate(0.5)],
  ['an error rate just below', 'online', ok, failing(0.49), 'online', undefined],
  ['nothing new', 'online', ok, ok, 'online', undefined],

  ['the first heartbeat', 'provisioning', undefined, ok, 'online', online],
  ['a first heartbeat that is wedged', 'provisioning', undefined, oneWedge, 'degraded', byWedge(oneWedge)],
  ['a first heartbeat that fails', 'provisioning', undefined, failing(0.9), 'degraded', byErrorRate(0.9)],
  ['a heartbeat after silence', 'offline', ok, ok, 'online', online],
  ['a wedge after silence, known before', 'offline', oneWedge, oneWedge, 'degraded', byWedge(oneWedge)],
  ['an error rate after silence', 'offline', ok, failing(0.5), 'degraded', byErrorRate(0.5)],
  ['a middling error rate after silence', 'offline', ok, failing(0.3), 'online', online],

  ['recovery', 'degraded', oneWedge, ok, 'online', online],
  ['recovery from errors', 'degraded', failing(0.5), failing(0.09), 'online', online],
  ['errors that have not gone', 'degraded', failing(0.5), failing(0.1), 'degraded', undefined],
  ['more errors', 'degraded', failing(0.5), failing(0.7), 'degraded', undefined],
  ['a wedge on top of errors', 'degraded', failing(0.5), oneWedge, 'degraded', byWedge(oneWedge)],
  ['a second wedge', 'degraded', oneWedge, twoWedges, 'degraded', byWedge(twoWedges)],
  ['one wedge fewer', 'degraded', twoWedges, oneWedge, 'degraded', byWedge(oneWedge)],
  ['the wedge gone, errors left', 'degraded', oneWedge, failing(0.1), 'degraded', byErrorRate(0.1)],
  ['nothing new', 'degraded', twoWedges, twoWedges, 'degraded', undefined],

  ['silence', 'online', ok, 'silence', 'offline', offline],
  ['silence', 'degraded', oneWedge, 'silence', 'offline', offline],
  ['silence', 'provisioning', undefined, 'silence', 'offline', offline],
  ['silence that lasts', 'offline', ok, 'silence', 'offline', undefined],

  ['the last heartbeat of a host that stops', 'online', ok, leaving(ok), 'offline', stopped],
  ['the last heartbeat, with a wedge', 'degraded', oneWedge, leaving(oneWedge), 'offline', stopped],
  ['the first heartbeat, which is the last', 'provisioning', undefined, leaving(ok), 'offline', stopped],
  ['the last heartbeat, sent twice', 'offline', leaving(ok), leaving(ok), 'offline', undefined],
  ['a host that starts again', 'offline', leaving(ok), ok, 'online', online],
]

test.each(cases)('%s, when %s', (_what, before, last, now, after, broadcast) => {
  expect(decide({ status: before, heartbeat: last }, now)).toEqual({ after, ...(broadcast && { broadcast }) })
})

describe('while a workspace stays wedged', () => {
  const next = (beat: Heartbeat) => decide({ status: 'degraded', heartbeat: twoWedges }, beat).broadcast

  test('a new reason is broadcast, whether the primary’s or another scope’s', () => {
    const primary = heard(wedged(['a', 'connection closed'], ['b', 'gone']))
    const second = heard(wedged(['a', 'no answer'], ['b', 'killed']))
    expect(next(primary)).toEqual(byWedge(primary))
    expect(next(second)).toEqual(byWedge(second))
  })

  test('the same number of wedges in other scopes is broadcast', () => {
    const others = heard(wedged(['a', 'no answer'], ['c', 'gone']))
    expect(next(others)).toEqual(byWedge(others))
  })

  test('a wedge that the capped list does not hold is broadcast', () => {
    const more = heard({ ...wedged(['a', 'no answer'], ['b', 'gone']), wedged_count: 3 })
    expect(next(more)).toEqual(byWedge(more))
  })

  test('the same wedges in another order are not broadcast', () => {
    const turned = heard({ ...wedged(['b', 'gone'], ['a', 'no answer']), sample_error: 'no answer' })
    expect(next(turned)).toBeUndefined()
  })
})

test('the last heartbeat decides the status, whatever came before, and the same heartbeat again is not broadcast', () => {
  const name = fc.constantFrom('a', 'b', 'c')
  const heartbeat = fc.oneof(
    fc.double({ min: 0, max: 1, noNaN: true }).map(error_rate => heard(healthy({ error_rate }))),
    fc.array(fc.tuple(name, name), { minLength: 1 }).map(wedges => heard(wedged(...wedges))),
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(heartbeat, fc.constant('silence' as const))), heartbeat, (history, last) => {
      let standing: { status: Status; heartbeat?: Heartbeat } = { status: 'provisioning' }
      for (const beat of [...history, last]) {
        const { after, broadcast } = decide(standing, beat)
        if (after !== standing.status) expect(broadcast?.type).toBe(`WORKSPACE_${after.toUpperCase()}`)
        standing = beat === 'silence' ? { ...standing, status: after } : { status: after, heartbeat: beat }
      }
      if (last.runtime_state || last.error_rate >= 0.5) expect(standing.status).toBe('degraded')
      else if (last.error_rate < 0.1) expect(standing.status).toBe('online')
      expect(decide(standing, last)).toEqual({ after: standing.status })
    }),
  )
})

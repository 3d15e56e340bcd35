import type { WedgeAttempt, WedgeChange } from '@runtime-wedge/core'
import fc from 'fast-check'
import { operations, scopeKey } from '../arbitraries.ts'
import { claim, claimEqual, microtasks } from '../claims.ts'
import type { Law, LawProperty } from '../law.ts'
import { WedgeSession } from '../operation.ts'
import { HEALTHY_SCOPE, openSubject, readRegistry, readScope, type StateUnderTest, type Subject } from '../subject.ts'

const before = operations({ scopes: ['released', 'default', 'b'], kinds: ['mark', 'clear', 'advance'], maxLength: 8 })
const byHandle = fc.boolean()

function releaseScope({ registry }: Subject, state: StateUnderTest, throughHandle: boolean): boolean {
  return throughHandle ? state.release() : registry.release(state.scope)
}

const leavesTheRegistry: LawProperty = make =>
  fc.property(before, byHandle, (run, throughHandle) => {
    const subject = openSubject(make)
    const { registry } = subject
    const state = registry.scope('released')
    const session = new WedgeSession(registry, subject.clock)
    for (const operation of run) session.perform(operation)
    const had = readRegistry(registry)
    const heard: WedgeChange[] = []
    const hadInside: boolean[] = []
    const announced: unknown[] = []
    for (const source of [registry, state] as Pick<StateUnderTest, 'on'>[]) {
      source.on('change', event => {
        heard.push(event)
        hadInside.push(registry.has('released'))
      })
    }
    registry.on('scopes', ({ type, scope }) => announced.push({ type, scope }))
    claimEqual('release()', releaseScope(subject, state, throughHandle), true)
    claimEqual('has() after release', registry.has('released'), false)
    const { released, ...others } = had.scopes
    const { scopes, size, wedgedScopes } = readRegistry(registry)
    claimEqual('the other scopes', scopes, others)
    claimEqual('size', size, had.size - 1)
    const stillWedged = had.wedgedScopes.filter(scope => scope !== 'released')
    claimEqual('the wedged scopes', [...wedgedScopes].sort(), stillWedged.sort())
    claimEqual('isWedged() of the registry', registry.isWedged(), stillWedged.length > 0)
    claimEqual('scopes events', announced, [{ type: 'released', scope: 'released' }])
    const told = heard.map(({ type, by, scope, reason, since }) => ({ type, by, scope, reason, since }))
    const { reason, since } = released!
    const final = { type: 'cleared', by: 'release', scope: 'released', reason, since }
    claimEqual('the events of a release', told, released!.wedged ? [final, final] : [])
    claim(!hadInside.includes(true), 'has() is true inside the event of the release')
    claimEqual('release() again', releaseScope(subject, state, throughHandle), false)
  })

const oldHandlesAreInert: LawProperty = make =>
  fc.asyncProperty(before, byHandle, scopeKey(), fc.boolean(), async (run, throughHandle, key, again) => {
    const subject = openSubject(make)
    const { registry, lines } = subject
    const old = registry.scope(key)
    const renamed = { scope: (name: string) => registry.scope(name === 'released' ? key : name), release: () => false }
    const session = new WedgeSession(renamed, subject.clock)
    const oldAttempts: WedgeAttempt[] = [old.attempt()]
    for (const operation of run) session.perform(operation)
    oldAttempts.push(old.attempt())
    const oldHeard: WedgeChange[] = []
    let woken = false
    const waiting = old.healthy().then(() => {
      woken = true
    })
    old.on('change', event => oldHeard.push(event))
    releaseScope(subject, old, throughHandle)
    const final = oldHeard.length
    if (again) {
      claim(registry.scope(key) !== old, 'scope() gave the released handle again')
      claimEqual('the new state', readScope(registry.scope(key)), HEALTHY_SCOPE)
    }
    // Once with the new state healthy, once with it wedged.
    for (const wedge of [false, true]) {
      if (again && wedge) registry.scope(key).mark('of the new state')
      const present = readRegistry(registry)
      lines.length = 0
      claimEqual('what a released handle does', poke(old, oldAttempts), NOTHING)
      claimEqual('a released handle', readScope(old), HEALTHY_SCOPE)
      claimEqual('the registry after calls on a released handle', readRegistry(registry), present)
      claimEqual('warnings of a released handle', lines.filter(({ level }) => level === 'warn').length, wedge ? 0 : 1)
    }
    registry.scope(key).clear()
    claimEqual('events that the listeners of a released handle heard', oldHeard.length, final)
    await microtasks()
    claim(woken, 'healthy() of a released handle still waits')
    await waiting
    await old.healthy()
  })

const NOTHING = {
  mark: [false, false],
  clear: false,
  attempt: [false, false],
  old: [false, false, false, false],
  release: false,
  heard: 0,
}

/** Calls everything on a released handle that could change something. */
function poke(old: StateUnderTest, oldAttempts: readonly WedgeAttempt[]): typeof NOTHING {
  let heard = 0
  const unsubscribe = old.on('change', () => heard++, { initial: true })
  const attempt = old.attempt()
  const result = {
    mark: [old.mark('resurrected'), old.mark(new Error('resurrected'))],
    clear: old.clear(),
    attempt: [attempt.succeed(), attempt.fail('resurrected')],
    old: oldAttempts.flatMap(begun => [begun.succeed(), begun.fail('resurrected')]),
    release: old.release(),
  }
  unsubscribe()
  return { ...result, heard }
}

const defaultStays: LawProperty = make =>
  fc.property(before, byHandle, (run, throughHandle) => {
    const subject = openSubject(make)
    const { registry, lines } = subject
    const session = new WedgeSession(registry, subject.clock)
    for (const operation of run) session.perform(operation)
    const present = readRegistry(registry)
    lines.length = 0
    claimEqual('release("default")', releaseScope(subject, registry.default, throughHandle), false)
    claimEqual('the registry after it', readRegistry(registry), present)
    claimEqual(
      'the levels of its log lines',
      lines.map(({ level }) => level),
      ['warn'],
    )
    claimEqual('release() of a scope that is not there', registry.release('no one'), false)
    claimEqual('has() of it', registry.has('no one'), false)
  })

/** Law 9: a released scope leaves, and its handle is inert. */
export const release: Law = {
  number: 9,
  name: 'release',
  properties: [leavesTheRegistry, oldHandlesAreInert, defaultStays],
}

import fc from 'fast-check'
import { anyReason, type GivenReason, operations, plainReason } from '../arbitraries.ts'
import { claim, claimEqual, microtasks } from '../claims.ts'
import type { Law, LawProperty } from '../law.ts'
import { freshModel, modelSnapshot, modelWedge, stepModel } from '../model.ts'
import { WedgeSession } from '../operation.ts'
import { openSubject, type RegistryUnderTest } from '../subject.ts'

const reasonsBecomeText: LawProperty = make =>
  fc.property(anyReason(), fc.boolean(), (given, byAttempt) => {
    const state = openSubject(make).registry.scope('a')
    const began = byAttempt ? state.attempt().fail(given.reason) : state.mark(given.reason)
    claimEqual('mark()', began, true)
    claimText(given, state.reason())
    const cause = typeof given.reason === 'string' ? undefined : given.reason
    claim(Object.is(state.cause, cause), 'the cause is not the reason that was given')
    state.clear()
    claim(state.cause === undefined, 'the cause outlives its wedge')
    const given2 = { cause: Symbol('cause') }
    state.mark(given.reason, given2)
    claim(state.cause === given2.cause, 'the cause is not options.cause')
  })

function claimText({ text, long }: GivenReason, reason: string): void {
  if (text !== undefined) {
    claimEqual('reason()', reason, text)
    return
  }
  const kept = reason.slice(0, -1)
  claim(reason.endsWith('…') && long.startsWith(kept), `a long reason was not cut with …: ${fc.stringify(reason)}`)
  // Characters may be counted as code units or as code points, with the … or without it.
  claim([...reason].length <= 1_025 && kept.length >= 1_000, `a long reason was cut at ${kept.length} characters`)
  claim(!/[\uD800-\uDBFF]$/.test(kept), 'a long reason was cut through a surrogate pair')
}

type Misbehaviour = 'throws' | 'rejects' | 'none'

/** Whatever foreign code does, every call returns what it must, and every other listener hears all events. */
const foreignCodeHarmsNoOne: LawProperty = make =>
  fc.asyncProperty(
    operations({ maxLength: 12 }),
    fc.constantFrom<Misbehaviour>('throws', 'rejects', 'none'),
    fc.boolean(),
    async (run, misbehaviour, loggerThrows) => {
      const thrown = new Error('thrown by foreign code')
      const { registry, clock, lines } = openSubject(make, {
        onLine() {
          if (loggerThrows) throw thrown
        },
      })
      const misbehave = (): Promise<never> | undefined => {
        if (misbehaviour === 'throws') throw thrown
        if (misbehaviour === 'none') return undefined
        const rejected = Promise.reject(thrown)
        // A registry that forgets this rejection must fail here; it must not end the process.
        rejected.catch(() => {})
        return rejected
      }
      const heard: number[] = []
      for (const event of ['change', 'aggregate', 'scopes'] as const) registry.on(event, misbehave)
      registry.default.on('change', misbehave)
      registry.on('change', ({ version }) => heard.push(version))
      const session = new WedgeSession(registry, clock)
      let model = freshModel(clock.now())
      let due = 0
      let called = misbehaviour !== 'none' && registry.default.isWedged()
      for (const operation of run) {
        const step = stepModel(model, operation)
        model = step.model
        due += step.changes.length
        // A registry that is older than law 13 does not announce who is proven.
        called ||= step.changes.length > 0 || step.scopes.some(({ type }) => type !== 'proven')
        claimEqual(`${operation.do} among foreign code that ${misbehaviour}`, session.perform(operation), step.returned)
      }
      claimEqual('the number of events that another listener heard', heard.length, due)
      claimPresent(registry, model)
      if (!called || misbehaviour === 'none') return
      await microtasks()
      const failures = lines.filter(({ fields }) => fields.err === thrown)
      claim(failures.length > 0, `a listener that ${misbehaviour} was not logged, with its error as err`)
    },
  )

function claimPresent(registry: RegistryUnderTest, model: ReturnType<typeof freshModel>): void {
  const { wedged, reason, count } = modelSnapshot(model)
  claimEqual('isWedged()', registry.isWedged(), wedged)
  claimEqual('reason()', registry.reason(), reason)
  claimEqual('snapshot().count', registry.snapshot().count, count)
  for (const state of registry) {
    claimEqual(`reason() of ${state.scope}`, state.reason(), modelWedge(model, state.scope)?.reason ?? '')
  }
}

const badClock = fc.constantFrom<() => unknown>(
  () => NaN,
  () => Number.POSITIVE_INFINITY,
  () => undefined,
  () => '1000',
  () => 10n,
  () => {
    throw new Error('the clock is broken')
  },
)

const badClocksAreReplaced: LawProperty = make =>
  fc.property(badClock, plainReason(), (now, reason) => {
    const logger = { error() {}, warn() {}, info() {} }
    const registry = make({ logger, now: now as () => number })
    const state = registry.scope('a')
    const times: number[] = []
    registry.on('change', ({ at }) => times.push(at))
    const earliest = Date.now()
    claimEqual('mark()', state.mark(reason), true)
    const { since } = state
    claimEqual('clear()', state.clear(), true)
    const latest = Date.now()
    for (const time of [since, ...times]) {
      claim(
        time !== null && time >= earliest && time <= latest,
        `with a broken clock the time is ${time}, not Date.now()`,
      )
    }
    claimEqual('the number of events', times.length, 2)
    claimEqual('release()', registry.release('a'), true)
  })

const waitersAreWoken: LawProperty = make =>
  fc.asyncProperty(plainReason(), fc.constantFrom('clear', 'succeed', 'abort'), async (reason, end) => {
    const state = openSubject(make).registry.scope('a')
    await state.healthy()
    state.mark(reason)
    const attempt = state.attempt()
    const controller = new AbortController()
    const outcomes: unknown[] = []
    state.healthy({ signal: controller.signal }).then(
      () => outcomes.push('healthy'),
      error => outcomes.push(error),
    )
    await microtasks()
    claimEqual('healthy() while wedged', outcomes, [])
    if (end === 'clear') state.clear()
    else if (end === 'succeed') attempt.succeed()
    else controller.abort(end)
    await microtasks()
    claimEqual(`healthy() after ${end}`, outcomes, [end === 'abort' ? end : 'healthy'])
  })

/** Law 7: no reason, clock, logger or listener can make a call throw or lose an event. */
export const neverThrows: Law = {
  number: 7,
  name: 'never throws, never loses',
  properties: [reasonsBecomeText, foreignCodeHarmsNoOne, badClocksAreReplaced, waitersAreWoken],
}

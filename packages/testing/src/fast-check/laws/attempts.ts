import fc from 'fast-check'
import { operations } from '../arbitraries.ts'
import { claimEqual } from '../claims.ts'
import type { Law, LawProperty } from '../law.ts'
import { freshModel, modelWedge, stepModel } from '../model.ts'
import { WedgeSession } from '../operation.ts'
import { openSubject } from '../subject.ts'

const kinds = ['mark', 'clear', 'attempt', 'succeed', 'fail'] as const

const nothingStaleCounts: LawProperty = make =>
  fc.property(operations({ scopes: ['a'], kinds }), run => {
    const { registry, clock } = openSubject(make)
    const session = new WedgeSession(registry, clock)
    const state = registry.scope('a')
    let model = freshModel(clock.now())
    for (const operation of run) {
      const step = stepModel(model, operation)
      model = step.model
      const wedge = modelWedge(model, 'a')
      claimEqual(`${operation.do}()`, session.perform(operation), step.returned)
      claimEqual(`isWedged() after ${operation.do}`, state.isWedged(), wedge !== undefined)
      claimEqual(`reason() after ${operation.do}`, state.reason(), wedge?.reason ?? '')
      claimEqual(`marks after ${operation.do}`, state.marks, wedge?.marks ?? 0)
    }
  })

/** Law 10: the outcome of old work changes nothing newer. */
export const attempts: Law = { number: 10, name: 'no stale clear, no stale mark', properties: [nothingStaleCounts] }

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Wedge, WedgedList } from '../src/wedged-list.ts'

const wedge = (scope: string): Wedge<null> => ({
  state: null,
  scope,
  reason: 'stuck',
  since: 0,
  cause: undefined,
  marks: 1,
  older: null,
  newer: null,
})

it('keeps the order of adding, whatever is removed: as an array does', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 7 }), { maxLength: 60 }), picks => {
      const list = new WedgedList<null>()
      const model: Wedge<null>[] = []
      for (const pick of picks) {
        // Few in it: rather add; many: rather remove, from anywhere.
        if (pick >= model.length) {
          const added = wedge(`${pick}`)
          list.add(added)
          model.push(added)
        } else {
          const [removed] = model.splice(pick, 1)
          list.remove(removed!)
          expect([removed!.older, removed!.newer]).toEqual([null, null])
        }
        expect(list.map(each => each)).toEqual(model)
        expect(list.first).toBe(model[0] ?? null)
        expect(list.count).toBe(model.length)
        expect(model.every((each, index) => each.older === (model[index - 1] ?? null))).toBe(true)
      }
    }),
  )
})

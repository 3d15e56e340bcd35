import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Listed } from '../../src/registry/wedged-list.ts'

it('keeps the order of adding, whatever is removed, and takes back what was removed: as an array does', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 7 }), { maxLength: 60 }), picks => {
      const list = new Listed.List<Listed>()
      const model: Listed[] = []
      const gone: Listed[] = []
      for (const pick of picks) {
        // Few in it: rather add; many: rather remove, from anywhere.
        if (pick >= model.length) {
          const added = gone.pop() ?? new Listed()
          list.add(added)
          model.push(added)
        } else {
          const [removed] = model.splice(pick, 1)
          list.remove(removed!)
          gone.push(removed!)
        }
        const listed = list.all()
        expect(listed).toHaveLength(model.length)
        expect(listed.every((each, index) => each === model[index])).toBe(true)
        expect(list.first).toBe(model[0] ?? null)
        expect(list.count).toBe(model.length)
      }
    }),
  )
})

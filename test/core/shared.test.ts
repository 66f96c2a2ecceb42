/** What is kept for the tokens of one catalog: nothing depends on it but memory, so that is what is told here. */
import { describe, expect, it } from 'vitest'
import { permissionsIn } from '../../src/core/policy.ts'
import { Shared, sharedBy } from '../../src/core/shared.ts'
import { heldBytes } from '../heap.ts'
import { EDGE, FILES } from '../spec/catalogs.ts'

const { catalog } = EDGE

describe('what tokens of one catalog share', () => {
  it('is one for each catalog', () => {
    expect(sharedBy(catalog)).toBe(sharedBy(catalog))
    expect(sharedBy(FILES.catalog)).not.toBe(sharedBy(catalog))
  })

  it('knows the permissions that are deep', () => {
    const names = permissionsIn(catalog, new Shared(catalog).deep).map(({ name }) => name)
    expect(names).toEqual(['dns.export', 'kv.clear'])
  })

  it('are conditions that mean the same, however they are spelt', () => {
    const shared = new Shared(catalog)
    const one = shared.condition({ ip: { in: ['10.0.0.0/8', '10.1.0.0/16'] } })
    expect(shared.condition({ ip: { in: ['10.0.0.0/8'] } })).toBe(one)
    expect(shared.condition({ ip: { notIn: ['10.0.0.0/8'] } })).not.toBe(one)
  })

  it('is forgotten after one to two generations without being asked for', () => {
    const shared = new Shared(catalog)
    const others = conditions(shared)
    const [first, second] = [shared.condition({ notBefore: -1 }), shared.condition({ notBefore: -2 })]
    others(GENERATION - 2)
    expect(shared.condition({ notBefore: -1 }), 'the first generation is full').toBe(first)
    others(1)
    expect(shared.condition({ notBefore: -1 }), 'it is of the last generation').toBe(first)
    others(GENERATION - 2)
    expect(shared.condition({ notBefore: -1 }), 'it was asked for in this one').toBe(first)
    others(1)
    expect(shared.condition({ notBefore: -2 }), 'it was not').not.toBe(second)
  })

  it('is nothing very long', () => {
    const shared = new Shared(catalog)
    const of = (count: number) => ({ ip: { in: Array.from({ length: count }, (_, n) => `10.${2 * n}.0.0/16`) } })
    expect(shared.condition(of(1))).toBe(shared.condition(of(1)))
    expect(shared.condition(of(100))).not.toBe(shared.condition(of(100)))
    expect(shared.condition(of(100))).toEqual(shared.condition(of(100)))
  })
})

describe('the name of a root', () => {
  it('is kept without the selectors that it was read from', async () => {
    const before = await heldBytes()
    const shared = new Shared(catalog)
    const beneath = `namespace:${'n'.repeat(1_000)}/value:${'v'.repeat(1_000)}`
    const count = 5_000
    for (let i = 0; i < count; i++) shared.selector(JSON.parse(`"account:somebody-${i}/${beneath}"`))
    expect(shared.root('account:somebody-0')).toBe('account:somebody-0')
    expect(((await heldBytes()) - before) / count).toBeLessThan(beneath.length / 4)
    expect(shared.root('account:somebody-1')).toBe('account:somebody-1') // what is measured is still there
  })
})

/** How many of one kind are kept before the first are forgotten. */
const GENERATION = 16_384

/** Has so many more conditions kept, each another one. */
function conditions(shared: Shared): (count: number) => void {
  let next = 0
  return (count) => {
    for (let i = 0; i < count; i++) shared.condition({ notBefore: next++ })
  }
}

/** Text that is kept for long keeps nothing else alive: neither what it was cut from nor a secret beside it. */
import { describe, expect, test } from 'vitest'
import { owned } from '../../src/engine/owned.ts'
import { heldBytes } from '../heap.ts'
import { credentialOf, idOf, type Rig, rig, seeded } from './fixture.ts'

const LENGTH = 1_000_000
const COUNT = 50

/** A text that is a part of a very long one: whoever keeps a part of it keeps all that is around it. */
function cut(text: string, n: number): string {
  return `${Buffer.alloc(LENGTH, `${n} `).toString()}${text}`.slice(LENGTH)
}

/** How much of what was around `COUNT` texts is still there while these are held that were made of them. */
async function keptOf(make: (n: number) => unknown): Promise<number> {
  const before = await heldBytes()
  const held: unknown[] = []
  for (let n = 0; n < COUNT; n++) held.push(await make(n))
  const kept = ((await heldBytes()) - before) / (COUNT * LENGTH)
  expect(held).toHaveLength(COUNT)
  return kept
}

test.each(['', 'account:acme', '0123456789ABCDEFGHIJKL', 'café €\u0000 😀'])('it is the same text: %j', (text) => {
  expect(owned(`x${text}x`.slice(1, -1))).toBe(text)
})

test('it does not keep the text that it was cut from', async () => {
  expect(await keptOf((n) => owned(cut('0123456789ABCDEFGHIJKL', n)))).toBeLessThan(0.2)
})

test('what is measured here is seen: a text that is no copy keeps all that is around it', async () => {
  expect(await keptOf((n) => cut('0123456789ABCDEFGHIJKL', n))).toBeGreaterThan(0.8)
})

describe('an access that is held keeps no credential in memory', () => {
  const asks: Readonly<Record<string, (rig: Rig, n: number) => Promise<{ check(...of: string[]): unknown }>>> = {
    'of a token': ({ engine }, n) => engine.authenticate(cut(credentialOf(1), n), null),
    'of a token that is read anew': ({ engine, pass }, n) => {
      pass(60_000)
      return engine.authenticate(cut(credentialOf(1), n), null)
    },
    'that is refused since its secret is wrong': ({ engine }, n) =>
      engine.authenticate(cut(credentialOf(1, 1), n), null),
    'that is refused since nobody knows its id': ({ engine }, n) =>
      engine.authenticate(cut(credentialOf(2 + n), n), null),
    'of a host that looks through the eyes of a token': ({ engine }, n) =>
      engine.viewAs({ token: cut(idOf(1), n) }, null),
    'of a host that looks through the eyes of nobody': ({ engine }, n) =>
      engine.viewAs({ token: cut(idOf(2 + n), n) }, null),
  }
  test.each(Object.entries(asks))('%s', async (_, ask) => {
    const world = rig(await seeded())
    await world.engine.authenticate(credentialOf(1), null)
    const kept = await keptOf(async (n) => {
      const access = await ask(world, n)
      access.check('dns.read', 'account:acme/zone:z1')
      return access
    })
    expect(kept).toBeLessThan(0.2)
  })
})

/** Who waits for whom: whatever shares a scope with somebody who came before, and nobody else. */
import { expect, test } from 'vitest'
import { Queues } from '../../src/admin/queues.ts'
import type { Scope } from '../../src/core/facts.ts'

/** Works that end when they are told to, and which of them have begun. */
function works() {
  const queues = new Queues()
  const begun: string[] = []
  const ends = new Map<string, (fault?: Error) => void>()
  const come = (name: string, ...scopes: Scope[]) =>
    queues.inTurn(scopes, () => {
      begun.push(name)
      return new Promise<string>((resolve, reject) =>
        ends.set(name, (fault) => (fault === undefined ? resolve(name) : reject(fault))),
      )
    })
  /** Ends one, and lets everybody begin who can. */
  const end = async (name: string, fault?: Error) => {
    ends.get(name)?.(fault)
    await rest()
  }
  return { queues, begun, come, end }
}

const rest = () => new Promise(setImmediate)

test('of one scope, one after the other, in the order in which they came', async () => {
  const { begun, come, end } = works()
  const all = ['first', 'second', 'third'].map((name) => come(name, 'account:a'))
  await rest()
  expect(begun).toEqual(['first'])
  await end('first')
  expect(begun).toEqual(['first', 'second'])
  await end('second')
  await end('third')
  expect(await Promise.all(all)).toEqual(['first', 'second', 'third'])
})

test('of other scopes, nobody waits, however long one takes', async () => {
  const { begun, come } = works()
  come('never ends', 'account:a', 'user:ann')
  come('beside it', 'account:b', 'user:bob')
  await rest()
  expect(begun).toEqual(['never ends', 'beside it'])
})

test('of several scopes, for all who came before, in whichever order they are named: never two for each other', async () => {
  const { begun, come, end } = works()
  come('a', 'account:a')
  come('a and b', 'account:a', 'account:b')
  come('b and a', 'account:b', 'account:a')
  come('b', 'account:b')
  await rest()
  for (const [i, name] of ['a', 'a and b', 'b and a', 'b'].entries()) {
    expect(begun).toHaveLength(i + 1)
    expect(begun.at(-1)).toBe(name)
    await end(name)
  }
})

test('one that fails stops nobody behind it', async () => {
  const { begun, come, end } = works()
  const fault = new Error('disk full')
  const failing = expect(come('first', 'account:a')).rejects.toBe(fault)
  come('second', 'account:a')
  await rest()
  await end('first', fault)
  await failing
  expect(begun).toEqual(['first', 'second'])
})

test('nothing is kept of those that have ended', async () => {
  const { queues, come, end } = works()
  const done = come('first', 'account:a', 'account:b')
  come('second', 'account:b').catch(() => {})
  expect(queues.size).toBe(2)
  await rest()
  await end('first')
  await done
  expect(queues.size).toBe(1)
  await end('second', new Error('disk full'))
  expect(queues.size).toBe(0)
})

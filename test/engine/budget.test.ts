/** Who gets a place, who waits, and who is refused. */
import { expect, test } from 'vitest'
import { Budget } from '../../src/engine/budget.ts'
import { type Ending, ending } from './ending.ts'

/** Loads that end when the test says so, and how far each has come. */
function loads(budget: Budget) {
  const begun: number[] = []
  const ends: Ending<number>[] = []
  const run = (n: number) => {
    const end = ending<number>()
    ends[n] = end
    const answer = budget.run(() => {
      begun.push(n)
      return end.promise
    })
    answer.catch(() => {})
    return answer
  }
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
  return { begun, ends, run, turn }
}

test('as many run at once as there are places; the others in their order, each when one has ended', async () => {
  const { begun, ends, run, turn } = loads(new Budget({ places: 2, queue: 2 }))
  const answers = [run(0), run(1), run(2), run(3)]
  await turn()
  expect(begun).toEqual([0, 1])
  ends[1]?.resolve(10)
  await turn()
  expect([begun, await answers[1]]).toEqual([[0, 1, 2], 10])
  ends[2]?.reject(new Error('no answer'))
  await turn()
  expect(begun).toEqual([0, 1, 2, 3])
  await expect(answers[2]).rejects.toThrow('no answer')
})

test('a place is free again after what waited has ended, too', async () => {
  const { begun, ends, run, turn } = loads(new Budget({ places: 1, queue: 1 }))
  run(0)
  run(1)
  ends[0]?.resolve(0)
  await turn()
  ends[1]?.resolve(1)
  await turn()
  run(2)
  expect(begun).toEqual([0, 1, 2])
  run(3)
  await turn()
  expect(begun).toEqual([0, 1, 2])
})

test('when too many wait, one more is refused at once and its load never begins', async () => {
  const { begun, ends, run, turn } = loads(new Budget({ places: 1, queue: 1 }))
  const [first, second, third] = [run(0), run(1), run(2)]
  await expect(third).rejects.toMatchObject({ code: 'ERR_BAILIWICK_STORAGE_UNAVAILABLE' })
  ends[0]?.resolve(0)
  ends[1]?.resolve(1)
  expect(await Promise.all([first, second])).toEqual([0, 1])
  await turn()
  expect(begun).toEqual([0, 1])
})

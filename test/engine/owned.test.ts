/** Text that is kept for long keeps nothing else alive. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { owned } from '../../src/engine/owned.ts'

const LENGTH = 1_000_000
const COUNT = 50

test.each(['', 'account:acme', '0123456789ABCDEFGHIJKL', 'café €\u0000 😀'])('it is the same text: %j', (text) => {
  expect(owned(`x${text}x`.slice(1, -1))).toBe(text)
})

test('it does not keep the text that it was cut from', () => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const held = () => {
    gc()
    return process.memoryUsage().heapUsed
  }
  const before = held()
  const kept = Array.from({ length: COUNT }, (_, n) => owned(Buffer.alloc(LENGTH, `${n} `).toString().slice(5, 50)))
  expect(held() - before).toBeLessThan((COUNT * LENGTH) / 5)
  expect(kept).toHaveLength(COUNT)
})

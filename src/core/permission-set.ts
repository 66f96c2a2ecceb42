/**
 * How a policy table encodes a set of permissions: eight to a character, or as runs, whichever is shorter. Permissions of one group are mostly
 * declared together, so a few groups make a few runs.
 *
 *     set    twice the length, one more for runs · characters…
 *     runs   for each run how many permissions are skipped, then how many are in the set
 */
import { StoredFactError } from '../errors.ts'
import { type Bits, bitsOf } from './bits.ts'

/** The characters of a set, its length included. Throws `ERR_BAILIWICK_STORED_FACT` for a set too long for that: from 262,136 permissions on. */
export function encodeSet(bits: Bits): string {
  const runs = runsOf(bits)
  const isShorter = runs.length < bits.length && runs.every((count) => count <= MAX_COUNT)
  if (!isShorter && bits.length > MAX_LENGTH)
    throw new StoredFactError('a policy has more permissions than can be understood')
  return isShorter ? String.fromCharCode(2 * runs.length + 1, ...runs) : String.fromCharCode(2 * bits.length) + bits
}

/** Its double must fit in one character. */
const MAX_LENGTH = 0x7fff
/** A character above this makes V8 store every character of the table in two bytes. */
const MAX_COUNT = 0xff

/** How many characters the set takes that begins here. */
export function setLength(text: string, at: number): number {
  return 1 + (text.charCodeAt(at) >>> 1)
}

/** Whether this permission is in the set that begins here. */
export function setHas(text: string, at: number, permission: number): boolean {
  const head = text.charCodeAt(at)
  const end = at + 1 + (head >>> 1)
  if ((head & 1) === 0) {
    const character = at + 1 + (permission >>> 3)
    return character < end && ((text.charCodeAt(character) >>> (permission & 7)) & 1) === 1
  }
  let next = 0
  for (let i = at + 1; i < end; i += 2) {
    next += text.charCodeAt(i)
    if (permission < next) return false
    next += text.charCodeAt(i + 1)
    if (permission < next) return true
  }
  return false
}

/** The set that begins here. */
export function decodeSet(text: string, at: number): Bits {
  const head = text.charCodeAt(at)
  const characters = text.slice(at + 1, at + 1 + (head >>> 1))
  if ((head & 1) === 0) return characters
  const numbers: number[] = []
  let next = 0
  for (let i = 0; i < characters.length; i += 2) {
    next += characters.charCodeAt(i)
    for (const end = next + characters.charCodeAt(i + 1); next < end; next++) numbers.push(next)
  }
  return bitsOf(numbers)
}

function runsOf(bits: Bits): readonly number[] {
  const runs: number[] = []
  let begun = 0
  let last = 0
  // One byte past the end, where nothing is in the set, so that a last run ends there.
  for (let at = 0; at <= bits.length; at++) {
    const byte = bits.charCodeAt(at) | 0 // NaN past the end
    let edges = (byte ^ ((byte << 1) | last)) & 0xff // each bit that differs from the one before it
    for (; edges !== 0; edges &= edges - 1) {
      const number = 8 * at + 31 - Math.clz32(edges & -edges)
      runs.push(number - begun)
      begun = number
    }
    last = byte >>> 7
  }
  return runs
}

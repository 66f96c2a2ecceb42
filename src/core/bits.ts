/**
 * Sets of small numbers as text, eight to a character. Text is immutable, costs little more than its characters, and belongs to the garbage
 * collector, which is why compiled policies are made of it.
 */

/** Bit n is in character n / 8. What is beyond the end is not in the set. */
export type Bits = string

export function hasBit(bits: Bits, number: number): boolean {
  return ((bits.charCodeAt(number >>> 3) >>> (number & 7)) & 1) === 1
}

export function bitsOf(numbers: Iterable<number>): Bits {
  const bytes: number[] = [] // where there is no byte, it is 0 as a character
  for (const number of numbers) bytes[number >>> 3] = (bytes[number >>> 3] ?? 0) | (1 << (number & 7))
  return textOf(bytes)
}

/** The numbers that are in any of these. */
export function unionOf(sets: readonly Bits[]): Bits {
  if (sets.length < 2) return sets[0] ?? ''
  const bytes = new Array<number>(Math.max(...sets.map(({ length }) => length))).fill(0)
  for (const bits of sets) for (let i = 0; i < bits.length; i++) bytes[i] = (bytes[i] ?? 0) | bits.charCodeAt(i)
  return textOf(bytes)
}

/** Whether some number is in both. */
export function meet(a: Bits, b: Bits): boolean {
  for (let i = 0; i < a.length; i++) if ((a.charCodeAt(i) & b.charCodeAt(i)) !== 0) return true
  return false
}

/** Numbers below 65,536 as text, one to a character. */
export function textOf(numbers: readonly number[]): string {
  if (numbers.length <= MAX_ARGUMENTS) return String.fromCharCode(...numbers)
  const parts: string[] = []
  for (let start = 0; start < numbers.length; start += MAX_ARGUMENTS)
    parts.push(String.fromCharCode(...numbers.slice(start, start + MAX_ARGUMENTS)))
  return parts.join('')
}

/** How many arguments a call takes without running out of stack. */
const MAX_ARGUMENTS = 4_096

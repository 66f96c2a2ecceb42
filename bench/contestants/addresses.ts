/** Glue that contestants without address conditions of their own share: IPv4 as whole numbers, ranges as first and last. */

export type Range = readonly [first: number, last: number]

export function addressNumber(text: string): number {
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

export function rangeOf(cidr: string): Range {
  const [base = '', length = ''] = cidr.split('/')
  const first = addressNumber(base)
  return [first, first + 2 ** (32 - Number(length)) - 1]
}

/** Without ranges every address is within. */
export function isWithin(ranges: readonly Range[] | null, address: number): boolean {
  if (ranges === null) return true
  for (const [first, last] of ranges) if (address >= first && address <= last) return true
  return false
}

/**
 * The one order of ids: binary, as UTF-8 bytes compare, which is the order of code points.
 *
 * JavaScript's own `<` compares UTF-16 units and puts U+FF5E after an emoji; a database with a binary collation puts it before.
 */
export function compareBinary(a: string, b: string): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

/** Ranks a surrogate above every other unit: it is half of a code point above U+FFFF. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

/**
 * The pattern that ids of a type obey: how it is made to match whole ids, and how it is shown to whoever gave another one.
 */

/** The pattern, anchored to match whole ids: otherwise it would let a second spelling through. */
export function wholeId(declared: RegExp): RegExp {
  return new RegExp(`${BEGIN}${declared.source}${END}`, declared.flags)
}

/** The pattern as the host declared it. */
export function declaredPattern({ source, flags }: RegExp): string {
  return `\`/${source.slice(BEGIN.length, source.length - END.length)}/${flags}\``
}

const BEGIN = '^(?:'
const END = ')$'

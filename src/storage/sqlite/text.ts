/**
 * How text goes into a column and comes out the same: some drivers cut a text at its first NUL when they read it (libsql, node:sqlite
 * before Node 24), and none keeps a lone surrogate. Cut short, one id would be taken for another.
 *
 * NUL, U+0001 and lone surrogates are written as U+0001 and four hex digits. Different texts stay different, and keep their binary order
 * (except lone surrogates, which no id may hold). Text without such characters is unchanged. That includes JSON, which escapes control characters.
 * `fromColumn` reads more than `toColumn` writes, so text from a database is compared with what would have been written.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE = /[\u0000\u0001\p{Surrogate}]/gu
// biome-ignore lint/suspicious/noControlCharactersInRegex: U+0001 begins what stands for another character
const ESCAPE = /\u0001([0-9a-f]{4})/g

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const SUSPECT = /[\u0000\u0001\ud800-\udfff]/

/** Tests first: most text needs no escaping, and the test is several times as fast. */
export function toColumn(text: string): string {
  if (!SUSPECT.test(text)) return text
  return text.replace(UNSAFE, (unit) => `\u0001${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

export function fromColumn(text: string): string {
  return text.includes('\u0001')
    ? text.replace(ESCAPE, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : text
}

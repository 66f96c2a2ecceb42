/**
 * Copies text, so that what is kept for longer than a request doesn't keep more in memory: a slice keeps the whole text it was cut from, an address its
 * header, a root its name. For well-formed text. The id of a credential needs no copy: `DigestInput` makes a text of its own.
 */
export function owned(text: string): string {
  return Buffer.from(text).toString()
}

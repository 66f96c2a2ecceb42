/**
 * Text that was cut from a longer one keeps all of that alive: an address the header it came in, the root of a name the whole name. What is kept for
 * longer than a request is therefore copied. For well-formed text. The id of a credential needs no copy: `DigestInput` makes a text of its own of it.
 */
export function owned(text: string): string {
  return Buffer.from(text).toString()
}

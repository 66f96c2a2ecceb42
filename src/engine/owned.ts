/**
 * Text that was cut from a longer one keeps all of that alive: an id the whole credential, with its secret. What is kept for longer than a request
 * is therefore copied. For well-formed text.
 */
export function owned(text: string): string {
  return Buffer.from(text).toString()
}

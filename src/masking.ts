/**
 * Takes credentials out of text that goes anywhere: errors, logs, events. A client may put one where a name belongs. A leaf: it imports nothing.
 */

/** What stands in the place of a credential. */
export const MASK = '<credential>'

/** Text may be cut already: after the kind come 22 characters of id, so whatever still holds one character of the secret has 23. */
export function withoutCredentials(text: string): string {
  return text.replace(/[a-z][a-z0-9_]{0,8}_[usa]_[0-9A-Za-z]{23,}/g, MASK)
}

/**
 * Fetches the keys that GitHub publishes. Conditionally: an answer that nothing changed doesn't count against its rate limits.
 */
import { readBody } from './body.ts'
import type { KeySource } from './keyring.ts'
import { readKeys } from './keys.ts'

export const PUBLISHED_AT = 'https://api.github.com/meta/public_keys/secret_scanning'

/** The most bytes that are read. Answers are about 1 KB. */
const MAX_BYTES = 1_024 * 1_024

const HEADERS = {
  Accept: 'application/vnd.github+json',
  'User-Agent': 'bailiwick',
  'X-GitHub-Api-Version': '2022-11-28',
}

/** A source that reads `{ public_keys: [{ key_identifier, key, is_current }] }` at this address, and follows no redirect elsewhere. */
export function publishedKeys(ask: typeof fetch, url: string): KeySource {
  return async (tag, signal) => {
    const headers = tag === null ? HEADERS : { ...HEADERS, 'If-None-Match': tag }
    const response = await ask(url, { headers, signal, redirect: 'error' })
    if (response.status === 304 && tag !== null) return 'unchanged'
    if (response.status !== 200) throw new Error(`\`${url}\` answered with status ${response.status}`)
    const body = await readBody(response.body, MAX_BYTES)
    if (typeof body === 'string') throw new Error(`the answer of \`${url}\` could not be read to its end`)
    const answer: unknown = JSON.parse(new TextDecoder().decode(body))
    return {
      keys: readKeys((answer as { public_keys?: unknown } | null)?.public_keys),
      tag: response.headers.get('etag'),
    }
  }
}

/**
 * How a refusal of the library reads in this API: a code its clients know, and in `error_chain` the permission that was needed and why it
 * was refused. Status and headers stay the library's.
 *
 * Where a refusal is hidden the text is the same for a thing that isn't there, for somebody else's, and for one the token has no grant on.
 */
import { ApiError, type ErrorInfo, failure } from './envelope.ts'

interface RefusalView {
  /** `null` where the refusal is hidden. */
  readonly reason: string | null
}

/** Options of a guard that asks for these permissions. */
export function refusals(...needed: readonly string[]) {
  return { render: ({ reason }: RefusalView) => ({ body: failure(refusalInfo(reason, needed)) }) }
}

/** What a client is told, in the codes of the API this one is shaped like. */
function refusalInfo(reason: string | null, needed: readonly string[]): ErrorInfo {
  const { code, message } = headline(reason)
  const permissions = needed.map((permission) => ({
    code,
    message: `this call requires the permission \`${permission}\``,
  }))
  const why = reason === null ? [] : [{ code, message: `refused: ${reason}` }]
  const detail =
    reason === 'invalid_request' ? [{ code: 6111, message: 'Invalid format for Authorization header' }] : []
  return { code, message, error_chain: [...detail, ...permissions, ...why] }
}

function headline(reason: string | null): { readonly code: number; readonly message: string } {
  switch (reason) {
    case null:
    case 'resource_malformed':
      return { code: 7003, message: 'Could not route to this path, perhaps your object identifier is invalid?' }
    case 'credential_missing':
      return { code: 9106, message: 'Missing X-Auth-Key, X-Auth-Email or Authorization headers' }
    case 'invalid_request':
      return { code: 6003, message: 'Invalid request headers' }
    case 'credential_malformed':
    case 'credential_unknown':
    case 'token_disabled':
    case 'token_revoked':
    case 'token_not_yet_valid':
    case 'token_expired':
    case 'owner_suspended':
      return { code: 1000, message: 'Invalid API Token' }
    case 'address_unknown':
    case 'address_not_allowed':
      return { code: 9109, message: 'Cannot use the access token from this location' }
    case 'storage_unavailable':
    case 'stored_fact':
      return { code: 10013, message: 'Whether this is allowed could not be found out' }
    default:
      return { code: 10000, message: 'Authentication error' }
  }
}

/** The answer of a handler whose guard said yes about a thing that isn't there: what a hidden refusal says. */
export function notFound(...needed: readonly string[]): ApiError {
  const { code, message, error_chain } = refusalInfo(null, needed)
  return new ApiError(404, code, message, error_chain)
}

/** The answer of a handler that asked more than its guard did, and got a no. */
export function refused(reason: string, ...needed: readonly string[]): ApiError {
  const { code, message, error_chain } = refusalInfo(reason, needed)
  return new ApiError(403, code, message, error_chain)
}

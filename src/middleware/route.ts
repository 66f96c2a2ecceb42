/**
 * Why a request lacks a parameter that a pattern needs: it left out an optional one, or the route never has it.
 *
 * The first is a malformed request. The second is the host's mistake and refuses everybody; it must not look like the first.
 */
import { MisuseError } from '../errors.ts'
import type { Warn } from './warning.ts'

/**
 * Throws `ERR_BAILIWICK_MISUSE` where the route is known and has no such parameter, and warns where it isn't known. Returns where the route has
 * it: then it was left out.
 */
export function absentParam(param: string, route: string | null, warn: Warn): void {
  const needed = 'which its guard’s pattern needs'
  if (route === null)
    warn('BAILIWICK_PARAMETER', `a request was refused for want of the parameter \`${param}\`, ${needed}; ${REMEDY}`)
  else if (!declares(route, param))
    throw new MisuseError(`the route \`${route}\` has no parameter \`${param}\`, ${needed}; ${REMEDY}`)
}

const REMEDY =
  'what the path of a router’s mount names is handed down by Express only with `express.Router({ mergeParams: true })`'

/**
 * Whether the route has this parameter, as Express 5, Fastify, Hono and Koa's router write one: `:name`, `*name` or `:"name"`, but neither
 * `\:name` nor `::name`, which are plain text. Where a name ends at a hyphen differs between them, so a hyphen may end it or not.
 */
function declares(route: string, param: string): boolean {
  return new RegExp(`(?<![\\\\:])[:*](?:${param}(?![\\p{ID_Continue}$])|"${param}")`, 'u').test(route)
}

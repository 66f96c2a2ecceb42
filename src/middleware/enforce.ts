/**
 * The way of every guarded request, in every framework: header, credential, resource, decision. The handler runs only after an allow.
 */
import { match } from 'ts-pattern'
import type { Catalog } from '../core/catalog.ts'
import type { CatalogShape } from '../core/catalog-types.ts'
import { ALLOW } from '../core/decision.ts'
import type { Access, GuardReason, Question } from '../engine/access.ts'
import { MisuseError } from '../errors.ts'
import { type AddressOption, clientAddress } from './client.ts'
import { isFilled, type Located, type PatternDemand, type ReadDemand } from './demand.ts'
import type { Exchange } from './exchange.ts'
import type { Granted } from './granted.ts'
import { ABSENT, type Presented, readAuthorization } from './header.ts'
import { type Cause, type Refusal, type RefusalReason, type Render, refusalOf } from './refusal.ts'
import type { Warn } from './warning.ts'

/** What a guard needs of `createBailiwick(…)`. */
export interface Authenticator<S extends CatalogShape = CatalogShape> {
  readonly catalog: Catalog<S>
  authenticate(value: string | null | undefined, from: RequestOrigin): Promise<Access<S>>
  session(session: { readonly user: string } & RequestOrigin): Promise<Access<S>>
}

/** What a guard passes on of a request. */
export interface RequestOrigin {
  readonly ip?: string | null
  readonly requestId?: string
}

export interface GuardOptions<Q> {
  /**
   * The id of the logged-in user, or `null`. Called only when the request has no Authorization header (of any scheme) and `extract` finds nothing: where
   * a token is presented, only the token counts. Does not protect from cross-site requests: your session handling must.
   */
  readonly session?: (request: Q) => string | null | undefined | Promise<string | null | undefined>
  /** Answers every refusal that concerns the resource (rungs 4 to 9, `resource_malformed`) with the same plain 404. On by default for builders. */
  readonly hide?: boolean
  /** The client's address. The socket's by default: behind a proxy, that is the proxy's. */
  readonly ip?: AddressOption<Q>
  /** Takes the credential from elsewhere: the value alone, or `null`. With it, the Authorization header is not read. */
  readonly extract?: (request: Q) => string | null | undefined
  /** What your logs call this request: `onDecision` gets it. Decides nothing. */
  readonly requestId?: (request: Q) => string | undefined
  /** Writes the body of a refusal. Status and headers stay as they are. */
  readonly render?: Render
}

export type Outcome =
  | { readonly allowed: true; readonly granted: Granted }
  | { readonly allowed: false; readonly refusal: Refusal }

export type Enforce<Q> = (exchange: Exchange<Q>) => Promise<Outcome>

/**
 * Guards one route. Without demands it needs only a valid credential. The promise rejects for misuse and for errors of the host's own functions; everything
 * else is an outcome.
 */
export function enforcer<Q>(
  bw: Authenticator,
  demands: readonly ReadDemand<Q>[],
  options: GuardOptions<Q>,
  warn: Warn,
): Enforce<Q> {
  const filled = demands.every(isFilled) ? demands : null
  const only = filled?.length === 1 ? (filled[0] ?? null) : null
  const hide = options.hide ?? filled === null

  return async (exchange) => {
    let end: Granted | Cause
    try {
      const presented = present(exchange, options)
      if (presented.kind === 'invalid') end = about('invalid_request')
      else {
        const access = await identify(bw, exchange, presented, options, warn)
        const { denial } = access
        if (denial !== null) end = { ...about(denial.reason), bare: presented.kind === 'absent' && presented.bare }
        else if (only !== null) end = askOne(access, only.permission, only.locate(exchange))
        else if (filled === null) end = ask(access, await lookUp(demands, exchange))
        else end = ask(access, fill(filled, exchange))
      }
    } catch (error) {
      end = unanswered(error)
    }
    return 'access' in end
      ? { allowed: true, granted: end }
      : { allowed: false, refusal: refusalOf(end, hide, options.render) }
  }
}

/** A demand's permission, and the resource it is asked about. */
interface Sought {
  readonly permission: string
  readonly found: Located
}

function fill<Q>(demands: readonly PatternDemand<Q>[], exchange: Exchange<Q>): readonly Sought[] {
  return demands.map(({ permission, locate }) => ({ permission, found: locate(exchange) }))
}

/** Locates one after the other, up to the first that isn't found. */
async function lookUp<Q>(demands: readonly ReadDemand<Q>[], exchange: Exchange<Q>): Promise<readonly Sought[]> {
  const all: Sought[] = []
  for (const { permission, locate } of demands) {
    const found = await locate(exchange)
    all.push({ permission, found })
    if ('refused' in found) break
  }
  return all
}

/** One question, as most guards have: without the lists that several need. */
function askOne(access: Access, permission: string, found: Located): Granted | Cause {
  if ('refused' in found) return refused(access, permission, found.refused)
  const decision = access.check(permission, found.name)
  if (decision.effect === 'allow') return { access, decision: ALLOW }
  return { reason: decision.reason, permission, resource: found.name }
}

/** The first demand that isn't found or is denied, or what was granted. */
function ask(access: Access, all: readonly Sought[]): Granted | Cause {
  const questions: Question<CatalogShape>[] = []
  for (const { permission, found } of all) {
    if ('refused' in found) return deniedBefore(access, questions) ?? refused(access, permission, found.refused)
    questions.push([permission, found.name])
  }
  return denied(access, questions) ?? { access, decision: ALLOW }
}

/** The first of these that is denied, all asked at one instant; `null` when none is. */
function denied(access: Access, questions: readonly Question<CatalogShape>[]): Cause | null {
  const [first, ...more] = questions
  if (first === undefined) return null
  const decision = more.length === 0 ? access.check(...first) : access.checkAll(questions)
  if (decision.effect === 'allow') return null
  // Which one was it? The first that is denied like this, since those before it were allowed. `explain` records nothing.
  const isIt = ([one, on]: Question<CatalogShape>) => access.explain(one, on).decision === decision
  const [permission, resource] = (more.length > 0 ? questions.find(isIt) : first) ?? first
  return { reason: decision.reason, permission, resource }
}

/** The first of these that is denied, where the request is refused anyway: so those that are allowed are neither noted as a use nor reported. */
function deniedBefore(access: Access, questions: readonly Question<CatalogShape>[]): Cause | null {
  const question = questions.find(([one, on]) => access.explain(one, on).decision.effect === 'deny')
  return question === undefined ? null : denied(access, [question])
}

/** A demand whose resource was not found. */
function refused(access: Access, permission: string, reason: GuardReason): Cause {
  return { reason: access.refuse(permission, reason).reason, permission, resource: null }
}

function about(reason: RefusalReason): Cause {
  return { reason, permission: null, resource: null }
}

function present<Q>({ request, authorization }: Exchange<Q>, { extract }: GuardOptions<Q>): Presented {
  if (extract === undefined) return readAuthorization(authorization)
  const value: unknown = extract(request)
  if (value === null || value === undefined) return ABSENT
  if (typeof value === 'string') return { kind: 'bearer', value }
  throw new MisuseError('`extract` must return the credential as one text, or null')
}

function identify<Q>(
  bw: Authenticator,
  exchange: Exchange<Q>,
  presented: Presented,
  { session, ip, requestId }: GuardOptions<Q>,
  warn: Warn,
): Promise<Access> {
  const id = requestId?.(exchange.request)
  const address = clientAddress(exchange, ip, warn)
  const from = id === undefined ? { ip: address } : { ip: address, requestId: id }
  return presented.kind === 'bearer'
    ? bw.authenticate(presented.value, from)
    : identifyUser(bw, exchange, from, session)
}

/** No token was presented: a logged-in user, or nobody. */
async function identifyUser<Q>(
  bw: Authenticator,
  exchange: Exchange<Q>,
  from: RequestOrigin,
  session: GuardOptions<Q>['session'],
): Promise<Access> {
  const user: unknown = exchange.authorization.length === 0 ? await session?.(exchange.request) : null
  if (typeof user === 'string' && user !== '') return bw.session({ user, ...from })
  if (user === null || user === undefined || user === '') return bw.authenticate(null, from)
  throw new MisuseError('`session` must return the id of a user as text, or null')
}

/** The refusal for an error of storage or of a stored fact. Any other error is the host's and is thrown on. */
function unanswered(error: unknown): Cause {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return match(code)
    .with('ERR_BAILIWICK_STORAGE_UNAVAILABLE', 'ERR_BAILIWICK_ACCESS_STALE', () => about('storage_unavailable'))
    .with('ERR_BAILIWICK_STORED_FACT', () => about('stored_fact'))
    .otherwise(() => {
      throw error
    })
}

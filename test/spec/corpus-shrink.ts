/** Smaller worlds: every way to leave something out, or to put it back in order, tried until none keeps what the world was kept for. */
import type { Condition, IpCondition } from '../../src/core/facts.ts'
import type { CorpusPolicy, CorpusStanding, CorpusToken, CorpusWorld } from './corpus-format.ts'

/** The smallest world found of which `holds` is true. It is true of `world`. */
export function shrunk(world: CorpusWorld, holds: (smaller: CorpusWorld) => boolean): CorpusWorld {
  let at = world
  let options = [...smaller(at)]
  // From where the last step was found: what is left out moves what follows it into its place. The last round finds nothing.
  for (let i = 0, since = 0; since < options.length; i++, since++) {
    const next = options[i % options.length]
    if (next === undefined || !holds(next)) continue
    at = next
    options = [...smaller(at)]
    i = Math.max(-1, (i % (options.length + 1)) - 1)
    since = -1
  }
  return at
}

function* smaller(world: CorpusWorld): Generator<CorpusWorld> {
  const { token, user, standings } = world
  if (user !== null && user.status !== null) yield { ...world, user: { ...user, status: null } }
  for (const fewer of shorter(standings, 0)) yield { ...world, standings: fewer }
  for (const less of eachOf(standings, smallerStanding)) yield { ...world, standings: less }
  if (token !== null) for (const less of smallerToken(token)) yield { ...world, token: less }
}

function* smallerToken(token: CorpusToken): Generator<CorpusToken> {
  const { notBefore, expiresOn, condition, ...rest } = token
  for (const policies of shorter(token.policies, 0)) yield { ...token, policies }
  for (const policies of eachOf(token.policies, smallerPolicy)) yield { ...token, policies }
  if (token.status !== 'active') yield { ...token, status: 'active' }
  if (token.apiAccess !== null) yield { ...token, apiAccess: null }
  if (token.secretEndsOn !== null) yield { ...token, secretEndsOn: null }
  if (token.blockedIn.length > 0) yield { ...token, blockedIn: [] }
  if (token.secretIssuedOn !== token.issuedOn) yield { ...token, secretIssuedOn: token.issuedOn }
  const from = notBefore === undefined ? {} : { notBefore }
  const until = expiresOn === undefined ? {} : { expiresOn }
  const where = condition === undefined ? {} : { condition }
  if (notBefore !== undefined) yield { ...rest, ...until, ...where }
  if (expiresOn !== undefined) yield { ...rest, ...from, ...where }
  if (condition !== undefined) {
    yield { ...rest, ...from, ...until }
    if (condition.ip !== undefined)
      for (const ip of smallerIp(condition.ip)) yield { ...rest, ...from, ...until, condition: { ip } }
  }
}

function* smallerStanding({ account, member }: CorpusStanding): Generator<CorpusStanding> {
  if (account.status !== 'active') yield { account: { ...account, status: 'active' }, member }
  if (!account.apiAccess) yield { account: { ...account, apiAccess: true }, member }
  for (const rule of Object.keys(account.tokenRules)) {
    const kept = Object.entries(account.tokenRules).filter(([name]) => name !== rule)
    yield { account: { ...account, tokenRules: Object.fromEntries(kept) }, member }
  }
  if (member === null) return
  for (const policies of shorter(member.policies, 0)) yield { account, member: { ...member, policies } }
  for (const policies of eachOf(member.policies, smallerPolicy)) yield { account, member: { ...member, policies } }
  for (const roles of shorter(member.roles, 0)) yield { account, member: { ...member, roles } }
  if (member.status !== 'active') yield { account, member: { ...member, status: 'active' } }
  if (member.since !== 0) yield { account, member: { ...member, since: 0 } }
  if (member.readmitted) yield { account, member: { ...member, readmitted: false } }
  if (member.apiAccess !== null) yield { account, member: { ...member, apiAccess: null } }
}

function* smallerPolicy(policy: CorpusPolicy): Generator<CorpusPolicy> {
  const { condition, ...rest } = policy
  for (const resources of shorter(policy.resources, 1)) yield { ...policy, resources }
  for (const permissions of shorter(policy.permissions ?? [], 1)) yield { ...policy, permissions }
  for (const permissionGroups of shorter(policy.permissionGroups ?? [], 1)) yield { ...policy, permissionGroups }
  if (condition === undefined) return
  yield rest
  for (const less of smallerCondition(condition)) yield { ...policy, condition: less }
}

function* smallerCondition({ ip, ...times }: Condition): Generator<Condition> {
  const { notBefore, expiresOn } = times
  const where = ip === undefined ? {} : { ip }
  if (ip !== undefined) {
    yield times
    for (const less of smallerIp(ip)) yield { ...times, ip: less }
  }
  if (notBefore !== undefined) yield { ...where, ...(expiresOn === undefined ? {} : { expiresOn }) }
  if (expiresOn !== undefined) yield { ...where, ...(notBefore === undefined ? {} : { notBefore }) }
}

function* smallerIp(ip: IpCondition): Generator<IpCondition> {
  if (ip.in !== undefined && ip.notIn !== undefined) {
    yield { in: ip.in }
    yield { notIn: ip.notIn }
  }
  for (const list of shorter(ip.in ?? [], 1)) yield { ...ip, in: list }
  for (const list of shorter(ip.notIn ?? [], 1)) yield { ...ip, notIn: list }
}

/** The list without its halves, where it is long, and without each of its members. At least so many stay. */
function* shorter<T>(list: readonly T[], least: number): Generator<readonly T[]> {
  if (list.length > 6) {
    const half = list.length >> 1
    yield list.slice(0, half)
    yield list.slice(half)
  }
  if (list.length > least) for (let i = 0; i < list.length; i++) yield list.filter((_, place) => place !== i)
}

function* eachOf<T>(list: readonly T[], smaller: (one: T) => Iterable<T>): Generator<readonly T[]> {
  for (const [i, one] of list.entries()) for (const less of smaller(one)) yield list.with(i, less)
}

/** Words for what a request looks like: how its name is spelt, where its instant lies, and its address to the ranges it meets. */
import type { CatalogDefinition } from '../../src/core/catalog-types.ts'
import type { IpCondition } from '../../src/core/facts.ts'
import { encode, inRange, type Pair, readAddress, readRange } from './reference-text.ts'
import type { Credential, Outcome, Question } from './vocabulary.ts'

const SPELLINGS: Readonly<Record<string, RegExp>> = {
  empty: /^$/,
  'long name': /^.{4097}/s,
  deep: /^(?:[^/]*\/){8}/,
  'empty pair': /^\/|\/\/|\/$/,
  'no id': /:(?:\/|$)/,
  'no colon': /(?:^|\/)[^:/]+(?:\/|$)/,
  'two colons': /:[^/]*:/,
  'lower hex': /%(?:[a-f][0-9A-Fa-f]|[0-9A-F][a-f])/,
  'cut escape': /%(?![0-9A-Fa-f]{2})/,
  'needless escape': /%(?:2[BCDE]|3[0-9D]|4[0-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])/,
  'escaped slash': /%2F/,
  'escaped percent': /%25/,
  'escaped star': /%2A/,
  'two bytes': /%C3%A9/,
  'four bytes': /%F0%9F/,
  'bad bytes': /%C0%AF|%ED%A0%80|%C3$/,
  control: /\p{Cc}/u,
  space: / /,
  mark: /[?!#&'"()[\]{}]/,
  'not ascii': /[^\p{ASCII}]/u,
  star: /\*/,
  dots: /:\.\.?(?:\/|$)/,
  'upper type': /(?:^|\/)[A-Z]+:/,
  prototype: /__proto__|constructor/,
}

/** What is passed or failed at one rung, seen from the outcome: other rungs hide it. */
function seen(outcome: Outcome, ...reasons: readonly Outcome[]): 'failed' | 'passed' | null {
  if (reasons.includes(outcome)) return 'failed'
  return LAST.includes(outcome) ? 'passed' : null
}

const LAST: readonly Outcome[] = ['allow', 'denied_by_token', 'not_granted', 'denied_to_owner', 'not_granted_to_owner']

export function nameWords(
  declared: CatalogDefinition,
  name: readonly Pair[] | null,
  { resource, permission }: Question,
  outcome: Outcome,
): readonly string[] {
  const said = outcome === 'resource_malformed' ? 'malformed' : outcome === 'allow' ? 'allow' : 'no'
  const types = resource.split('/').map((part) => part.split(':', 1)[0] ?? '')
  const last = types.at(-1) ?? ''
  const longest = resource.length < 1024 ? 0 : Math.max(0, ...(name ?? []).map(({ id }) => Buffer.byteLength(id)))
  const on = [declared.permissions[permission]?.on ?? []].flat()
  const words = Object.entries(SPELLINGS).flatMap(([word, pattern]) => (pattern.test(resource) ? [word] : []))
  if (longest >= 1024) words.push(`id of ${longest} bytes`)
  for (const { type, id } of said === 'malformed' ? (name ?? []) : []) {
    const pattern = Object.hasOwn(declared.resources, type) ? declared.resources[type]?.id : undefined
    if (pattern?.test(id) === true && new RegExp(`^(?:${pattern.source})$`).test(id) === false)
      words.push('pattern within')
  }
  if (said === 'malformed' && name !== null)
    words.push(`${types.length} types ${on.includes(last)} ${Object.hasOwn(declared.resources, last)}`)
  return [...words.map((word) => `name ${word} ${said}`), `depth ${types.length} ${said}`]
}

/** Where `now` lies to the edges of the token, its membership's beginning to its issue, and what switches and rules say. */
export function edgeWords(credential: Credential, question: Question, outcome: Outcome): readonly string[] {
  const root = question.resource.split('/', 1)[0] ?? ''
  const standing = credential.facts.standings.find(({ account }) => `account:${encode(account.id)}` === root)
  const member = standing?.member
  if (credential.kind === 'session') {
    if (!standing || !member || seen(outcome) === null) return []
    return [
      `session ${standing.account.apiAccess} ${member.apiAccess}`,
      `session since ${member.since > 0} ${member.readmitted}`,
    ]
  }
  const { token, blockedIn } = credential.facts
  const rules = standing?.account.tokenRules ?? {}
  const far = (edge: number | undefined) =>
    edge === undefined || edge === Number.POSITIVE_INFINITY ? [] : [Math.max(-2, Math.min(2, question.now - edge))]
  const lifetime = (token.expiresOn ?? Number.POSITIVE_INFINITY) - token.secretIssuedOn - (rules.maxLifetimeMs ?? 0)
  const told = (words: readonly string[], ...reasons: readonly Outcome[]) => {
    const as = seen(outcome, ...reasons)
    return as === null ? [] : words.map((word) => `${word} ${as}`)
  }
  const rule = [
    ...(rules.maxLifetimeMs === undefined ? [] : [`lifetime ${Math.max(-11, Math.min(11, lifetime))}`]),
    ...(rules.requireExpiry ? [`expiry ${token.expiresOn !== undefined}`] : []),
    ...(rules.forbidPersonal ? ['personal'] : []),
    ...(rules.requireIp ? narrowness(token.condition?.ip) : []),
  ]
  return [
    ...told(
      far(token.notBefore).map((by) => `from ${by}`),
      'token_not_yet_valid',
    ),
    ...told(
      far(token.expiresOn).map((by) => `until ${by}`),
      'token_expired',
    ),
    ...told(
      far(credential.secretEndsOn).map((by) => `overlap ${by}`),
      'token_expired',
    ),
    ...told(
      member ? [`since ${Math.sign(member.since - token.issuedOn)} ${member.readmitted} ${member.status}`] : [],
      'not_a_member',
      'member_suspended',
    ),
    ...told(
      standing ? [`switch ${standing.account.apiAccess} ${(member ?? token).apiAccess}`] : [],
      'api_access_disabled',
    ),
    ...told(
      blockedIn.length > 0 ? [`blocked ${blockedIn.some((id) => `account:${encode(id)}` === root)}`] : [],
      'token_blocked',
    ),
    ...told(rule, 'token_rule_violated'),
  ]
}

/** The token's own addresses, for whoever passes them and who doesn't. */
export function boundWords(credential: Credential, { ip }: Question, outcome: Outcome): readonly string[] {
  const bound = credential.kind === 'token' ? credential.facts.token.condition?.ip : undefined
  const as = seen(outcome, 'address_unknown', 'address_not_allowed')
  return bound === undefined || as === null ? [] : addressWords(bound, ip).map((word) => `bound ${word} ${as}`)
}

function narrowness(ip: IpCondition | undefined): readonly string[] {
  if (ip?.in === undefined) return [ip === undefined ? 'address none' : 'address notIn alone']
  return ip.in.map((text) => {
    const { family, length } = readRange(text)
    return `address ${family} ${Math.max(-2, Math.min(2, length - (family === 4 ? 8 : 32)))} of ${Math.min(2, ip.in?.length ?? 0)}`
  })
}

/** How the address is spelt, and how it lies to each range. */
export function addressWords(ip: IpCondition, text: string | null): readonly string[] {
  if (text === null) return [`no address ${Object.keys(ip).join('+')}`]
  const address = readAddress(text)
  const spelt = !text.includes(':') ? 'v4' : address.family === 6 ? 'v6' : text.includes('.') ? 'mapped' : 'hex mapped'
  const lies = (list: string, ranges: readonly string[]) =>
    ranges.map((written) => {
      const range = readRange(written)
      const mapped = range.family === 4 && written.includes(':') ? ' mapped' : ''
      if (range.family !== address.family) return `${list} ${spelt} other family${mapped}`
      const width = range.family === 4 ? 32 : 128
      const differs = (address.bits ^ range.bits).toString(2).padStart(width, '0').indexOf('1')
      const place = differs < 0 ? 'equal' : Math.max(-2, Math.min(2, differs - range.length))
      const length = range.length === 0 ? 'all' : range.length === width ? 'one' : 'some'
      return `${list} ${spelt} ${inRange(address, range)} ${place} ${length}${mapped}`
    })
  return [...lies('in', ip.in ?? []), ...lies('notIn', ip.notIn ?? [])]
}

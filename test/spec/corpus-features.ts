/**
 * What a request shows of the rules, as words: the corpus keeps a world when one of its requests says a word that none said before. Of policies
 * only those count whose part in it decides: that apply, or fail by one thing alone, and the outcome would be another if they didn't.
 */
import type { CatalogDefinition } from '../../src/core/catalog-types.ts'
import type { Effect, Policy } from '../../src/core/facts.ts'
import { repairs } from './corpus-repairs.ts'
import { addressWords, boundWords, edgeWords, nameWords } from './corpus-words.ts'
import { type Asked, applies, rights } from './reference.ts'
import { covers, encode, type Pair, readAddress, readName } from './reference-text.ts'
import type { CatalogCase, Credential, Outcome, Question } from './vocabulary.ts'

export function featuresOf(
  on: CatalogCase,
  credential: Credential,
  question: Question,
  outcome: Outcome,
): readonly string[] {
  const kind = kindOf(credential)
  const root = question.resource.startsWith('user:') ? 'user' : 'account'
  const name = readName(question.resource)
  const said = outcome === 'allow' || outcome === 'error' ? outcome : 'deny'
  return [
    `outcome ${on.name} ${kind} ${root} ${outcome}`,
    `permission ${on.name} ${question.permission} ${said}`,
    ...repairs(on, credential, question, outcome).map((pair) => `order ${kind} ${pair}`),
    ...nameWords(on.declared, name, question, outcome),
    ...edgeWords(credential, question, outcome).map((word) => `${word} ${kind}`),
    ...boundWords(credential, question, outcome),
    ...policyWords(on, name, credential, question, outcome),
    ...faultWords(on.declared, credential, question).map((word) => `${word} ${outcome === 'error'}`),
    ...reachWords(credential, question).map((word) => `${word} ${kind} ${outcome === 'not_a_member'}`),
  ]
}

function kindOf(credential: Credential): string {
  if (credential.kind === 'session') return 'session'
  const { owner } = credential.facts.token
  return 'user' in owner ? 'person' : 'service' in owner ? 'service' : 'account'
}

/** What is stored and can't be understood, and whether it concerns this root. */
function faultWords(declared: CatalogDefinition, credential: Credential, { resource }: Question): readonly string[] {
  const root = resource.split('/', 1)[0] ?? ''
  const ofToken = credential.kind === 'token' ? credential.facts.token.policies : []
  const words = (side: string, policies: readonly Policy[], elsewhere: boolean) =>
    policies.flatMap(({ effect, permissionGroups, permissions, resources }) => {
      const named = resources.map((text) => text.split('/', 1)[0] ?? '')
      const account = root.startsWith('account:') && named.includes('account:*') ? 'all' : 'not here'
      const here = elsewhere ? 'elsewhere' : named.includes(root) ? 'here' : account
      const unknown = [
        ...(permissionGroups?.every((id) => Object.hasOwn(declared.groups, id)) === false ? ['group'] : []),
        ...(permissions?.every((id) => id.startsWith('bailiwick.') || Object.hasOwn(declared.permissions, id)) === false
          ? ['permission']
          : []),
        ...(resources.every((text) => nests(declared, text)) ? [] : ['type']),
      ]
      return unknown.map((what) => `fault ${side} ${effect} ${what} ${here}`)
    })
  const ofMembers = credential.facts.standings.flatMap(({ account, member }) => {
    const elsewhere = `account:${encode(account.id)}` !== root
    const roles = (member?.roles ?? []).some((id) => !Object.hasOwn(declared.roles, id))
    return [
      ...words('member', member?.policies ?? [], elsewhere),
      ...(roles ? [`fault member role ${elsewhere ? 'elsewhere' : 'here'}`] : []),
    ]
  })
  return [...words('token', ofToken, false), ...ofMembers]
}

function nests(declared: CatalogDefinition, selector: string): boolean {
  const types = selector.split('/').map((part) => part.split(':', 1)[0] ?? '')
  return types.every(
    (type, i) => i === 0 || (Object.hasOwn(declared.resources, type) && declared.resources[type]?.in === types[i - 1]),
  )
}

/** By which policies a token reaches the root, and whether anybody stands there. */
function reachWords(credential: Credential, { resource }: Question): readonly string[] {
  const root = resource.split('/', 1)[0] ?? ''
  const stands = credential.facts.standings.some(({ account }) => `account:${encode(account.id)}` === root)
  if (credential.kind === 'session') return [`stands ${stands}`]
  const naming = credential.facts.token.policies.flatMap(({ effect, resources }) =>
    resources.flatMap((text) => {
      const named = text.split('/', 1)[0] ?? ''
      return named === root ? [effect] : named === 'account:*' && root.startsWith('account:') ? [`${effect} all`] : []
    }),
  )
  return [`stands ${stands} reach ${[...new Set(naming)].sort().join('+')}`]
}

/** One policy as one request meets it. */
interface Met {
  readonly side: 'token' | 'owner'
  readonly policy: Policy
  readonly form: string
  readonly contains: boolean
  readonly covering: readonly string[]
  readonly truth: 'true' | 'unknown' | 'false'
  readonly holds: boolean
  /** How many of the three parts fail: with none it applies. */
  readonly missing: number
}

type Verdict = 'allowed' | 'denied' | 'none'

const DECIDED: Readonly<Partial<Record<Outcome, readonly [Verdict | null, Verdict | null]>>> = {
  allow: ['allowed', 'allowed'],
  denied_by_token: ['denied', null],
  not_granted: ['none', null],
  denied_to_owner: ['allowed', 'denied'],
  not_granted_to_owner: ['allowed', 'none'],
}

function policyWords(
  on: CatalogCase,
  name: readonly Pair[] | null,
  credential: Credential,
  question: Question,
  outcome: Outcome,
): readonly string[] {
  const decided = DECIDED[outcome]
  if (name === null || decided === undefined) return []
  const ip = question.ip === null ? null : readAddress(question.ip)
  const asked: Asked = { permission: question.permission, name, now: question.now, ip }
  const met = metBy(on.declared, credential, asked)
  const deep = on.catalog.permissions.get(question.permission)?.deep ? 'deep' : 'plain'
  const retired = on.catalog.permissions.get(question.permission)?.retired ? ' retired' : ''
  return met.flatMap((one): readonly string[] => {
    const same = met.filter(({ side }) => side === one.side)
    if (one.missing > 1 || decided[one.side === 'token' ? 0 : 1] === null) return []
    const verdict = verdictOf(same, ({ missing }) => missing === 0)
    const turned = verdictOf(same, (other) => (other === one) !== (other.missing === 0))
    if (verdict === turned) return []
    const head = `${one.side} ${one.policy.effect} ${deep}${retired} ${verdict}>${turned}`
    const conditioned = one.policy.condition === undefined ? [] : conditionWords(one.policy, asked, question)
    if (one.missing === 0) {
      return [
        `held ${head} ${one.form}`,
        ...one.covering.map((selector) => `held ${head} ${shapeOf(selector, name)}`),
        ...conditioned.map((word) => `held ${one.side} ${one.policy.effect} ${one.truth} ${word}`),
        ...(one.covering.length === 1 && one.policy.resources.length > 1
          ? [`held ${head} one of ${one.policy.resources.length}`]
          : []),
        ...(same.length > 12 ? [`held ${head} among ${Math.min(60, 10 * Math.floor(same.length / 10))}`] : []),
      ]
    }
    if (!one.contains) return [`near ${head} permission ${one.form}`]
    if (!one.holds) return conditioned.map((word) => `near ${one.side} ${one.policy.effect} ${one.truth} ${word}`)
    return one.policy.resources.map((selector) => `near ${head} ${missOf(selector, name)}`)
  })
}

function metBy(declared: CatalogDefinition, credential: Credential, asked: Asked): readonly Met[] {
  const root = asked.name[0]
  const account = root?.type === 'account' ? root.id : null
  const member = credential.facts.standings.find((standing) => standing.account.id === account)?.member ?? null
  const ofToken = credential.kind === 'token' ? credential.facts.token.policies : []
  const ofRoles = member === null ? [] : rights(declared, { ...member, policies: [] })
  const everywhere = root === undefined ? [] : [`${root.type}:${encode(root.id)}`]
  const beneath = (effect: Effect) => effect === 'deny' && declared.permissions[asked.permission]?.deep === true
  const meet = (side: Met['side'], policy: Policy, form: string): Met => {
    const { id, effect, condition, ...rightsOf } = policy
    const bare: Policy = { id, effect, permissions: [asked.permission], resources: everywhere }
    const held = (as: Effect) => condition === undefined || applies(declared, { ...bare, effect: as, condition }, asked)
    const contains = applies(declared, { ...rightsOf, id, effect: 'allow', resources: everywhere }, asked)
    const covering = policy.resources.filter((selector) => covers(selector, asked.name, beneath(effect)))
    const truth = held('allow') ? 'true' : held('deny') ? 'unknown' : 'false'
    const holds = truth === 'true' || (truth === 'unknown' && effect === 'deny')
    const missing = [contains, covering.length > 0, holds].filter((part) => !part).length
    return { side, policy, form, contains, covering, truth, holds, missing }
  }
  return [
    ...ofToken.map((policy) => meet('token', policy, formOf(declared, policy, asked.permission))),
    ...(member?.policies ?? []).map((policy) => meet('owner', policy, formOf(declared, policy, asked.permission))),
    ...ofRoles.map((policy) => meet('owner', policy, roleForm(declared, policy, asked.permission))),
  ]
}

function verdictOf(met: readonly Met[], appliesTo: (one: Met) => boolean): Verdict {
  const applying = met.filter(appliesTo)
  if (applying.some(({ policy }) => policy.effect === 'deny')) return 'denied'
  return applying.length > 0 ? 'allowed' : 'none'
}

function roleForm(declared: CatalogDefinition, policy: Policy, permission: string): string {
  const role = Object.hasOwn(declared.roles, policy.id) ? declared.roles[policy.id] : undefined
  const form = formOf(declared, { ...policy, permissionGroups: role?.groups ?? [] }, permission)
  return `${role?.retired ? 'retired ' : ''}role ${form}`
}

/** By which entries of its lists the policy has the permission. */
function formOf(declared: CatalogDefinition, policy: Policy, permission: string): string {
  if (policy.permissions !== undefined)
    return policy.permissions.includes(permission) ? 'permission' : 'other permission'
  const [area, verb] = permission.split('.')
  const forms = (policy.permissionGroups ?? []).flatMap((id) => {
    const group = Object.hasOwn(declared.groups, id) ? declared.groups[id] : undefined
    const retired = group?.retired ? 'retired ' : ''
    return (group?.permissions ?? []).flatMap((entry) => {
      if (entry === permission) return [`${retired}group`]
      return entry === `${area}.*` ? [`${retired}area`] : entry === `*.${verb}` ? [`${retired}verb`] : []
    })
  })
  return [...new Set(forms)].sort().join('+') || 'other group'
}

/** How a selector that covers the name is built, and how far above or beneath it ends. */
function shapeOf(selector: string, name: readonly Pair[]): string {
  const parts = selector.split('/')
  const letters = parts.map((part) => (part.endsWith(':*') ? '*' : part.endsWith('*') ? 'p' : 'l'))
  const last = parts.at(-1)
  const pair = name[parts.length - 1]
  const whole =
    last?.endsWith('*') && !last.endsWith(':*') && pair !== undefined && `${pair.type}:${encode(pair.id)}*` === last
  return `${letters.join('')}${name.length - parts.length}${whole ? ' whole' : ''}`
}

/** Why a selector doesn't cover the name: the first place that differs and how, or that it is longer. */
function missOf(selector: string, name: readonly Pair[]): string {
  const parts = selector.split('/')
  const place = parts.findIndex((part, i) => i < name.length && !covers(part, name.slice(i, i + 1), false))
  if (place < 0) return `longer by ${parts.length - name.length} at ${name.length}`
  const [type = '', id = ''] = (parts[place] ?? '').split(':', 2)
  const pair = name[place]
  if (pair === undefined || pair.type !== type) return `type at ${place}`
  const text = encode(pair.id)
  const prefix = id.endsWith('*') ? 'p' : 'l'
  const bare = id.replace(/\*$/, '')
  const rest = parts.length === name.length ? 'equal' : parts.length < name.length ? 'above' : 'beneath'
  if (text.toLowerCase() === bare.toLowerCase()) return `case ${prefix} at ${place} ${rest}`
  if (text.startsWith(bare)) return `shorter ${prefix} at ${place} ${rest}`
  if (bare.startsWith(text)) return `longer ${prefix} at ${place} ${rest}`
  return `other ${prefix} at ${place} ${rest}`
}

function conditionWords({ condition }: Policy, asked: Asked, question: Question): readonly string[] {
  const { ip, notBefore, expiresOn } = condition ?? {}
  const parts = [
    ip?.in && 'in',
    ip?.notIn && 'notIn',
    notBefore !== undefined && 'from',
    expiresOn !== undefined && 'until',
  ]
  const edges = [notBefore, expiresOn].map((edge) =>
    edge === undefined ? '-' : Math.max(-2, Math.min(2, asked.now - edge)),
  )
  return [
    `condition ${parts.filter(Boolean).join('+')} at ${edges.join(' ')}`,
    ...(ip === undefined ? [] : addressWords(ip, question.ip)),
  ]
}

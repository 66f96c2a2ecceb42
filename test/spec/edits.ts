/** What laws change about a world: facts are plain data, so each edit is a copy with one difference. */
import type { Account, Condition, Member, Owner, Policy, StandingFacts, Token } from '../../src/core/facts.ts'
import { idsOf } from './catalogs.ts'
import { covers, encode, readName } from './reference-text.ts'
import type { CatalogCase, Credential, Question, TokenCredential } from './vocabulary.ts'

/** Where a policy stands: in the token, or with the token's owner (the user of a session). */
export type Side = 'token' | 'owner'

export function ownerOf(credential: Credential): Owner {
  return credential.kind === 'token' ? credential.facts.token.owner : { user: credential.user }
}

/** The account at the root of the question, if it is one that could be read. */
export function accountAsked({ resource }: Question): string | null {
  const [root] = readName(resource) ?? []
  return root?.type === 'account' ? root.id : null
}

/** Whose policies could ever matter to this question: a session has none of its own, an account's token has no owner above it. */
export function sidesOf(credential: Credential, question: Question): readonly Side[] {
  const account = accountAsked(question)
  const member = credential.facts.standings.some((standing) => standing.account.id === account && standing.member)
  return [...(credential.kind === 'token' ? (['token'] as const) : []), ...(member ? (['owner'] as const) : [])]
}

export function withToken(credential: TokenCredential, edit: (token: Token) => Token): TokenCredential {
  return { ...credential, facts: { ...credential.facts, token: edit(credential.facts.token) } }
}

function withStandings<C extends Credential>(credential: C, edit: (standing: StandingFacts) => StandingFacts): C {
  return { ...credential, facts: { ...credential.facts, standings: credential.facts.standings.map(edit) } }
}

export function withMembers<C extends Credential>(credential: C, edit: (member: Member) => Member): C {
  return withStandings(credential, ({ account, member }) => ({
    account,
    member: member === null ? null : edit(member),
  }))
}

export function withAccount<C extends Credential>(credential: C, id: string, edit: (account: Account) => Account): C {
  return withStandings(credential, ({ account, member }) => ({
    account: account.id === id ? edit(account) : account,
    member,
  }))
}

export function policiesOf(credential: Credential, side: Side, question: Question): readonly Policy[] {
  if (side === 'token') return credential.kind === 'token' ? credential.facts.token.policies : []
  const asked = accountAsked(question)
  return credential.facts.standings.find(({ account }) => account.id === asked)?.member?.policies ?? []
}

/** Policies of one side; of an owner, those in the account asked about. */
export function withPolicies<C extends Credential>(
  credential: C,
  side: Side,
  question: Question,
  edit: (policies: readonly Policy[]) => readonly Policy[],
): Credential {
  if (side === 'token' && credential.kind === 'token') {
    return withToken(credential, (token) => ({ ...token, policies: edit(token.policies) }))
  }
  const asked = accountAsked(question)
  return withMembers(credential, (member) =>
    member.account === asked ? { ...member, policies: edit(member.policies) } : member,
  )
}

/** Puts one more policy among the others, anywhere. */
export function inserted(policy: Policy, dice: Dice): (policies: readonly Policy[]) => readonly Policy[] {
  return (policies) => policies.toSpliced(dice.upTo(policies.length), 0, policy)
}

/** A selector that covers the resource: some of its pairs from the root, with ids left open. */
export function selectorOver(resource: string, owner: Owner, dice: Dice): string {
  const parts = resource.split('/')
  const kept = parts.slice(0, 1 + dice.upTo(parts.length - 1))
  return kept
    .map((part, i) => {
      const type = part.slice(0, part.indexOf(':'))
      const id = decodeURIComponent(part.slice(type.length + 1))
      if (i === 0) return 'user' in owner && type === 'account' && dice.upTo(2) === 0 ? 'account:*' : part
      const choice = dice.upTo(i === kept.length - 1 ? 2 : 1)
      if (choice === 0) return part
      if (choice === 1) return `${type}:*`
      const letters = [...id]
      return `${type}:${encode(letters.slice(0, 1 + dice.upTo(letters.length - 1)).join(''))}*`
    })
    .join('/')
}

/** A selector of things beneath the resource, or `null` where its type has no types beneath. */
export function selectorBeneath(on: CatalogCase, resource: string): string | null {
  const type = /[a-z]+(?=:[^:]*$)/.exec(resource)?.[0]
  const child = Object.entries(on.declared.resources).find(([, { in: parent }]) => parent === type)?.[0]
  return child === undefined ? null : `${resource}/${child}:${encode(idsOf(on, child)[0] ?? '')}`
}

/** Every way to make this policy say less, by one step. */
export function narrowings(
  on: CatalogCase,
  policy: Policy,
  accounts: readonly Account[],
  dice: Dice,
): readonly Policy[] {
  const { permissionGroups, permissions, resources, condition = {}, ...rest } = policy
  const { id, effect } = rest
  const make = (
    rights: Pick<Policy, 'permissionGroups' | 'permissions'>,
    selectors: readonly string[],
    when: Condition,
  ): Policy => ({ id, effect, ...rights, resources: selectors, condition: when })
  const rights = permissionGroups === undefined ? { permissions: permissions ?? [] } : { permissionGroups }
  const members = (permissionGroups ?? []).flatMap((group) => [...(on.catalog.groups.get(group)?.permissions ?? [])])
  return [
    ...without(permissionGroups ?? []).map((groups) => make({ permissionGroups: groups }, resources, condition)),
    ...without(permissions ?? []).map((names) => make({ permissions: names }, resources, condition)),
    ...members.map(({ name }) => make({ permissions: [name] }, resources, condition)),
    ...without(resources).map((selectors) => make(rights, selectors, condition)),
    ...resources.flatMap((selector, i) =>
      narrowerSelectors(on, selector, accounts, dice).map((narrower) =>
        make(rights, resources.with(i, narrower), condition),
      ),
    ),
    ...narrowerConditions(condition, dice).map((narrower) => make(rights, resources, narrower)),
  ]
}

function narrowerSelectors(
  on: CatalogCase,
  selector: string,
  accounts: readonly Account[],
  dice: Dice,
): readonly string[] {
  const parts = selector.split('/')
  const closed = parts.flatMap((part, i): readonly string[] => {
    const type = part.slice(0, part.indexOf(':'))
    if (!part.endsWith('*')) return []
    const pool = i === 0 ? accounts.map(({ id }) => id) : idsOf(on, type)
    const within = pool.filter((id) => covers(part, [{ type, id }], false))
    const id = dice.of(within)
    if (id === undefined) return []
    const literal = parts.with(i, `${type}:${encode(id)}`).join('/')
    const prefix = parts.with(i, `${type}:${encode(id)}*`).join('/')
    return i > 0 && i === parts.length - 1 ? [literal, prefix] : [literal]
  })
  const last = parts.at(-1)?.split(':')[0]
  const children = Object.entries(on.declared.resources).filter(([, { in: parent }]) => parent === last)
  const whole = /:[^/]+\*$/.test(selector) ? [] : children.map(([child]) => `${selector}/${child}:*`)
  return [...closed, ...whole]
}

function narrowerConditions(condition: Condition, dice: Dice): readonly Condition[] {
  const { ip, notBefore, expiresOn } = condition
  const range = dice.of(['203.0.113.0/24', '10.0.0.0/8', '2001:db8::/32', '0.0.0.0/0', '::/0']) ?? '::/0'
  const later = (notBefore ?? 999_990) + 10
  const sooner = (expiresOn ?? 1_000_090) - 10
  return [
    ...(ip?.in === undefined ? [{ ...condition, ip: { ...ip, in: [range] } }] : []),
    ...without(ip?.in ?? []).map((ranges) => ({ ...condition, ip: { ...ip, in: ranges } })),
    { ...condition, ip: { ...ip, notIn: [...(ip?.notIn ?? []), range] } },
    ...(later < (expiresOn ?? Number.POSITIVE_INFINITY) ? [{ ...condition, notBefore: later }] : []),
    ...(sooner > (notBefore ?? Number.NEGATIVE_INFINITY) ? [{ ...condition, expiresOn: sooner }] : []),
  ]
}

/** The list without each of its elements, where something is left. */
function without<T>(list: readonly T[]): readonly (readonly T[])[] {
  return list.length < 2 ? [] : list.map((_, i) => list.toSpliced(i, 1))
}

/** Everything in another order and some of it twice. Standings are keyed by their account: they are only put in another order. */
export function shuffled(credential: Credential, dice: Dice): Credential {
  const mixed = withStandings(credential, ({ account, member }) => ({
    account,
    member:
      member === null
        ? null
        : { ...member, roles: dice.mix(member.roles), policies: mixedPolicies(member.policies, dice) },
  }))
  const standings = dice.order(mixed.facts.standings)
  if (mixed.kind === 'session') return { ...mixed, facts: { ...mixed.facts, standings } }
  const { token, blockedIn } = mixed.facts
  const ip = token.condition?.ip
  const condition = ip === undefined ? {} : { condition: { ip: mixedRanges(ip, dice) } }
  const policies = mixedPolicies(token.policies, dice)
  const facts = {
    ...mixed.facts,
    token: { ...token, ...condition, policies },
    standings,
    blockedIn: dice.mix(blockedIn),
  }
  return { ...mixed, facts }
}

function mixedPolicies(policies: readonly Policy[], dice: Dice): readonly Policy[] {
  return dice.mix(policies).map((policy) => ({
    ...policy,
    ...(policy.permissionGroups === undefined ? {} : { permissionGroups: dice.mix(policy.permissionGroups) }),
    ...(policy.permissions === undefined ? {} : { permissions: dice.mix(policy.permissions) }),
    resources: dice.mix(policy.resources),
    ...(policy.condition?.ip === undefined
      ? {}
      : { condition: { ...policy.condition, ip: mixedRanges(policy.condition.ip, dice) } }),
  }))
}

function mixedRanges(ip: NonNullable<Condition['ip']>, dice: Dice): NonNullable<Condition['ip']> {
  return {
    ...(ip.in === undefined ? {} : { in: dice.mix(ip.in) }),
    ...(ip.notIn === undefined ? {} : { notIn: dice.mix(ip.notIn) }),
  }
}

/** Numbers that follow from one seed, for choices that need no shrinking. */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** 0 to `most`. */
  upTo(most: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) | 0
    return Math.floor(((this.#state >>> 8) / 2 ** 24) * (most + 1))
  }

  of<T>(list: readonly T[]): T | undefined {
    return list.length === 0 ? undefined : list[this.upTo(list.length - 1)]
  }

  order<T>(list: readonly T[]): readonly T[] {
    return list
      .map((value) => ({ value, at: this.upTo(1_000) }))
      .sort((a, b) => a.at - b.at)
      .map(({ value }) => value)
  }

  /** In another order, and some of it twice. */
  mix<T>(list: readonly T[]): readonly T[] {
    return this.order([...list, ...list.filter(() => this.upTo(2) === 0)])
  }
}

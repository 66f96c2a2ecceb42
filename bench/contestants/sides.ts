/**
 * What every contestant but this package needs around it: a token may do what its own policies allow *and* its owner's policies and roles in that
 * account allow. Each compiles both sides in its own way, an owner's once for all its tokens, and answers for one side.
 */
import type { CredentialFacts, Policy } from 'bailiwick/core'
import type { Asked, Evaluator } from '../decide/evaluator.ts'
import { roles } from '../vocabulary.ts'
import type { World } from '../worlds.ts'

/** `C` is a compiled side, `Q` the question as far as it is known beforehand, `R` the resource as this contestant reads it. */
export interface Way<C, Q, R> {
  compile(policies: readonly Policy[]): C | Promise<C>
  question(asked: Asked): Q
  /** Timed, once per request. */
  read(resource: string, question: Q): R
  /** Timed, once for the token and, if it allows, once for the owner. */
  grants(side: C, question: Q, resource: R): boolean
}

interface Holder<C> {
  readonly own: C
  /** The owner's side in each account the token reaches; `null` where the account itself owns the token. */
  readonly owners: readonly { readonly account: string; readonly side: C | null }[]
}

interface Prepared<C, Q> {
  readonly holder: Holder<C>
  readonly question: Q
}

/** Compiles a token when it is first asked about, as a cache would. */
export function bothSides<C, Q, R>(world: World, way: Way<C, Q, R>): Evaluator<Prepared<C, Q>> {
  const holders = new Map<number, Holder<C>>()
  const members = new Map<object, C>()
  return {
    async prepare(asked) {
      const { token } = asked
      const facts = world.facts[token]
      if (facts === undefined) throw new RangeError('no such token')
      const holder = holders.get(token) ?? (await holderOf(facts, way, members))
      holders.set(token, holder)
      return { holder, question: way.question(asked) }
    },
    ask({ holder, question }, resource) {
      const read = way.read(resource, question)
      if (!way.grants(holder.own, question, read)) return false
      for (const { account, side } of holder.owners)
        if (isIn(account, resource)) return side === null || way.grants(side, question, read)
      return false
    },
  }
}

async function holderOf<C, Q, R>(
  { token, standings }: CredentialFacts,
  { compile }: Way<C, Q, R>,
  members: Map<object, C>,
): Promise<Holder<C>> {
  const owners: { account: string; side: C | null }[] = []
  for (const { account, member } of standings) {
    const side = member === null ? null : (members.get(member) ?? (await compile(ownersPolicies(member))))
    if (member !== null && side !== null) members.set(member, side)
    owners.push({ account: `account:${account.id}`, side })
  }
  return { own: await compile(token.policies), owners }
}

/** Roles as the policies they are: some groups over the whole account. */
export function ownersPolicies(member: NonNullable<CredentialFacts['standings'][number]['member']>): readonly Policy[] {
  const ofRoles = member.roles.map((role): Policy => {
    return {
      id: role,
      effect: 'allow',
      permissionGroups: roles.get(role) ?? [],
      resources: [`account:${member.account}`],
    }
  })
  return [...ofRoles, ...member.policies]
}

function isIn(account: string, resource: string): boolean {
  return resource.startsWith(account) && (resource.length === account.length || resource[account.length] === '/')
}

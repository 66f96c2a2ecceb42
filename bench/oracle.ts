/** The truth: whether a request is allowed, worked out slowly from the raw facts, by nothing that any contestant uses. */
import assert from 'node:assert/strict'
import type { Policy } from 'bailiwick/core'
import type { Request } from './requests.ts'
import { groups, roles } from './vocabulary.ts'
import type { World } from './worlds.ts'

export function isAllowed(world: World, { token, permission, resource, ip }: Request): boolean {
  const facts = world.facts[token]
  assert.ok(facts, 'the token exists')
  if (!grants(facts.token.policies, permission, resource, ip)) return false
  const [account = ''] = resource.split('/')
  const standing = facts.standings.find(({ account: { id } }) => `account:${id}` === account)
  if (standing === undefined) return false
  if (standing.member === null) return true
  const ofRoles = standing.member.roles.map((role): Policy => {
    return { id: role, effect: 'allow', permissionGroups: roles.get(role) ?? [], resources: [account] }
  })
  return grants([...standing.member.policies, ...ofRoles], permission, resource, ip)
}

/** Deny overrides; what no allow covers is denied. */
function grants(policies: readonly Policy[], permission: string, resource: string, ip: string): boolean {
  const applying = policies.filter(({ permissionGroups = [], resources, condition }) => {
    const ranges = condition?.ip?.in
    return (
      permissionGroups.some((group) => groups.get(group)?.includes(permission)) &&
      resources.some((selector) => covers(selector, resource)) &&
      (ranges === undefined || ranges.some((range) => isWithin(range, ip)))
    )
  })
  return applying.some(({ effect }) => effect === 'allow') && !applying.some(({ effect }) => effect === 'deny')
}

/** Pair by pair, the whole subtree. */
function covers(selector: string, resource: string): boolean {
  const pairs = resource.split('/')
  return selector.split('/').every((pattern, place) => {
    const pair = pairs[place]
    if (pair === undefined) return false
    return pattern.endsWith('*') ? pair.startsWith(pattern.slice(0, -1)) : pair === pattern
  })
}

/** Bit by bit. */
function isWithin(range: string, ip: string): boolean {
  const [base = '', length = ''] = range.split('/')
  return bits(ip).startsWith(bits(base).slice(0, Number(length)))
}

function bits(ip: string): string {
  return ip
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('')
}

/**
 * better-auth's access control: roles whose resources are selectors and whose actions are groups. It knows neither denies nor ancestors nor
 * conditions: denies are roles of their own, all selectors that cover the resource are asked about in one call, a condition splits a role.
 */
import type { Policy } from 'bailiwick/core'
import { createAccessControl, type Role } from 'better-auth/plugins/access'
import type { Evaluator } from '../decide/evaluator.ts'
import { groupNames, groupsOf } from '../vocabulary.ts'
import type { World } from '../worlds.ts'
import { addressNumber, isWithin, type Range, rangeOf } from './addresses.ts'
import { covering, pathOf, shapesOf } from './selectors.ts'
import { bothSides } from './sides.ts'

interface Conditional {
  readonly role: Role
  readonly ranges: readonly Range[] | null
}

interface Side {
  readonly allows: readonly Conditional[]
  readonly denies: readonly Conditional[]
  readonly prefixes: readonly string[]
}

interface Question {
  readonly groups: { readonly actions: string[]; readonly connector: 'OR' }
  readonly address: number
}

const access = createAccessControl<Record<string, readonly string[]>>({})

export function open(world: World): Evaluator<unknown> {
  return bothSides<Side, Question, readonly string[]>(world, {
    compile: sideOf,
    question({ permission, ip }) {
      const actions = [...(groupsOf.get(permission) ?? [])]
      return { groups: { actions, connector: 'OR' }, address: addressNumber(ip) }
    },
    read: (resource) => covering(pathOf(resource)),
    grants({ allows, denies, prefixes }, { groups, address }, selectors) {
      const request: Record<string, Question['groups']> = {}
      for (const selector of selectors) request[selector] = groups
      const [, zone = ''] = selectors
      for (const prefix of prefixes) if (zone.startsWith(prefix)) request[`${prefix}*`] = groups
      const applies = ({ role, ranges }: Conditional) =>
        isWithin(ranges, address) && role.authorize(request, 'OR').success
      return allows.some(applies) && !denies.some(applies)
    },
  })
}

function sideOf(policies: readonly Policy[]): Side {
  const rolesOf = (effect: string) => {
    const concerned = policies.filter((policy) => policy.effect === effect)
    const free = concerned.filter(({ condition }) => condition === undefined)
    const bound = concerned.filter(({ condition }) => condition !== undefined)
    return [...(free.length > 0 ? [free] : []), ...bound.map((one) => [one])].map((these): Conditional => {
      return { role: roleOf(these), ranges: these[0]?.condition?.ip?.in?.map(rangeOf) ?? null }
    })
  }
  const prefixes = policies.flatMap(({ resources }) => shapesOf(resources).zonePrefixes)
  // All zones are asked about by name, as `…/zone:*`, like any other selector.
  const rare = [...new Set(prefixes)].filter((prefix) => !prefix.endsWith(':'))
  return { allows: rolesOf('allow'), denies: rolesOf('deny'), prefixes: rare }
}

function roleOf(policies: readonly Policy[]): Role {
  const statements: Record<string, string[]> = {}
  for (const { permissionGroups = [], resources } of policies)
    for (const selector of resources) {
      const together = new Set([...(statements[selector] ?? []), ...permissionGroups])
      statements[selector] = groupNames.filter((group) => together.has(group))
    }
  return access.newRole(statements)
}

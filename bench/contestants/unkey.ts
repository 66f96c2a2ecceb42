/**
 * Unkey's rbac: flat permissions, `selector#group`, in a list. It knows neither denies nor ancestors nor conditions: denies are a list of their
 * own, all selectors that cover the resource are asked about in one `or`, a condition splits a list.
 */
import { or, type PermissionQuery, RBAC } from '@unkey/rbac'
import type { Policy } from 'bailiwick/core'
import type { Evaluator } from '../decide/evaluator.ts'
import { groupsOf } from '../vocabulary.ts'
import type { World } from '../worlds.ts'
import { addressNumber, isWithin, type Range, rangeOf } from './addresses.ts'
import { covering, pathOf, shapesOf } from './selectors.ts'
import { bothSides } from './sides.ts'

interface Conditional {
  readonly permissions: string[]
  readonly ranges: readonly Range[] | null
}

interface Side {
  readonly allows: readonly Conditional[]
  readonly denies: readonly Conditional[]
  readonly prefixes: readonly string[]
}

interface Question {
  readonly groups: readonly string[]
  readonly address: number
}

const rbac = new RBAC()

export function open(world: World): Evaluator<unknown> {
  return bothSides<Side, Question, readonly string[]>(world, {
    compile: sideOf,
    question: ({ permission, ip }) => ({ groups: groupsOf.get(permission) ?? [], address: addressNumber(ip) }),
    read: (resource) => covering(pathOf(resource)),
    grants({ allows, denies, prefixes }, { groups, address }, selectors) {
      const asked: string[] = []
      for (const group of groups) for (const selector of selectors) asked.push(`${selector}#${group}`)
      const [, zone = ''] = selectors
      for (const prefix of prefixes)
        if (zone.startsWith(prefix)) for (const group of groups) asked.push(`${prefix}*#${group}`)
      const query: PermissionQuery = or(...asked)
      const applies = ({ permissions, ranges }: Conditional) =>
        isWithin(ranges, address) && rbac.evaluatePermissions(query, permissions).val?.valid === true
      return allows.some(applies) && !denies.some(applies)
    },
  })
}

function sideOf(policies: readonly Policy[]): Side {
  const listsOf = (effect: string) => {
    const concerned = policies.filter((policy) => policy.effect === effect)
    const free = concerned.filter(({ condition }) => condition === undefined)
    const bound = concerned.filter(({ condition }) => condition !== undefined)
    return [...(free.length > 0 ? [free] : []), ...bound.map((one) => [one])].map((these): Conditional => {
      return {
        permissions: [...new Set(these.flatMap(flat))],
        ranges: these[0]?.condition?.ip?.in?.map(rangeOf) ?? null,
      }
    })
  }
  const prefixes = policies.flatMap(({ resources }) => shapesOf(resources).zonePrefixes)
  // All zones are asked about by name, as `…/zone:*`, like any other selector.
  const rare = [...new Set(prefixes)].filter((prefix) => !prefix.endsWith(':'))
  return { allows: listsOf('allow'), denies: listsOf('deny'), prefixes: rare }
}

function flat({ permissionGroups = [], resources }: Policy): string[] {
  return resources.flatMap((selector) => permissionGroups.map((group) => `${selector}#${group}`))
}

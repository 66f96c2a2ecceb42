/** Written by hand in an afternoon: Sets of permissions, loops over policies and selectors. */
import type { Policy } from 'bailiwick/core'
import type { Evaluator } from '../decide/evaluator.ts'
import { groups } from '../vocabulary.ts'
import type { World } from '../worlds.ts'
import { addressNumber, isWithin, type Range, rangeOf } from './addresses.ts'
import { bothSides } from './sides.ts'

interface Rule {
  readonly isDeny: boolean
  readonly permissions: ReadonlySet<string>
  readonly exact: readonly string[]
  readonly patterns: readonly RegExp[]
  readonly ranges: readonly Range[] | null
}

interface Question {
  readonly permission: string
  readonly address: number
}

export function open(world: World): Evaluator<unknown> {
  return bothSides<readonly Rule[], Question, string>(world, {
    compile: (policies) => policies.map(ruleOf),
    question: ({ permission, ip }) => ({ permission, address: addressNumber(ip) }),
    read: (resource) => resource,
    grants,
  })
}

function grants(rules: readonly Rule[], { permission, address }: Question, resource: string): boolean {
  let allowed = false
  for (const rule of rules) {
    if (allowed && !rule.isDeny) continue
    if (!rule.permissions.has(permission) || !covers(rule, resource) || !isWithin(rule.ranges, address)) continue
    if (rule.isDeny) return false
    allowed = true
  }
  return allowed
}

function covers({ exact, patterns }: Rule, resource: string): boolean {
  for (const name of exact)
    if (resource.startsWith(name) && (resource.length === name.length || resource[name.length] === '/')) return true
  for (const pattern of patterns) if (pattern.test(resource)) return true
  return false
}

function ruleOf({ effect, permissionGroups = [], resources, condition }: Policy): Rule {
  return {
    isDeny: effect === 'deny',
    permissions: new Set(permissionGroups.flatMap((group) => groups.get(group) ?? [])),
    exact: resources.filter((selector) => !selector.includes('*')),
    patterns: resources.filter((selector) => selector.includes('*')).map(patternOf),
    ranges: condition?.ip?.in?.map(rangeOf) ?? null,
  }
}

function patternOf(selector: string): RegExp {
  return new RegExp(`^${selector.replaceAll('*', '[^/]*')}(?:/|$)`)
}

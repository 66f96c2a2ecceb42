/** permix: one instance per side, its rules functions that close over Sets; a permission `area.verb` is a path of its definition. */
import type { Policy } from 'bailiwick/core'
import { createPermix } from 'permix'
import type { Evaluator } from '../decide/evaluator.ts'
import { groups, permissionNames } from '../vocabulary.ts'
import type { World } from '../worlds.ts'
import { addressNumber, isWithin, type Range, rangeOf } from './addresses.ts'
import { type Path, pathOf, shapesOf } from './selectors.ts'
import { bothSides } from './sides.ts'

interface Thing extends Path {
  readonly address: number
}

type Definition = { [area: string]: readonly { name: string; type: Thing; required: true }[] }
type Rule = (thing: Thing) => boolean
type Side = ReturnType<typeof createPermix<Definition>>

interface Question {
  readonly path: `${string}.${string}`
  readonly address: number
}

export function open(world: World): Evaluator<unknown> {
  return bothSides<Side, Question, Thing>(world, {
    compile: sideOf,
    question({ permission, ip }) {
      const [area = '', verb = ''] = permission.split('.')
      return { path: `${area}.${verb}`, address: addressNumber(ip) }
    },
    read(resource, { address }) {
      const { account, zone, record } = pathOf(resource)
      return { account, zone, record, address }
    },
    grants: (side, { path }, thing) => side.check(path, thing),
  })
}

/** All permissions must have a rule; those of the same policies share one. */
function sideOf(policies: readonly Policy[]): Side {
  const compiled = policies.map(compile)
  const byPolicies = new Map<string, Rule>()
  const rules: Record<string, Record<string, Rule>> = {}
  for (const name of permissionNames) {
    const [area = '', verb = ''] = name.split('.')
    const concerned = compiled.filter(({ permissions }) => permissions.has(name))
    const key = concerned.map((policy) => compiled.indexOf(policy)).join()
    const rule = byPolicies.get(key) ?? ruleOf(concerned)
    byPolicies.set(key, rule)
    rules[area] = { ...rules[area], [verb]: rule }
  }
  return createPermix<Definition>(rules)
}

interface Compiled {
  readonly isDeny: boolean
  readonly permissions: ReadonlySet<string>
  readonly ranges: readonly Range[] | null
  readonly covers: Rule
}

function ruleOf(policies: readonly Compiled[]): Rule {
  const [allows, denies] = [false, true].map((isDeny) => policies.filter((policy) => policy.isDeny === isDeny))
  const applies = (all: readonly Compiled[] | undefined, thing: Thing) => {
    for (const { covers, ranges } of all ?? []) if (covers(thing) && isWithin(ranges, thing.address)) return true
    return false
  }
  return (thing) => applies(allows, thing) && !applies(denies, thing)
}

function compile({ effect, permissionGroups = [], resources, condition }: Policy): Compiled {
  const { accounts, zones, records, zonePrefixes, everywhere } = shapesOf(resources)
  const exact = new Set([...accounts, ...zones, ...records])
  const covers: Rule = ({ account, zone, record }) => {
    if (exact.has(account) || exact.has(zone) || exact.has(record)) return true
    for (const prefix of zonePrefixes) if (zone.startsWith(prefix)) return true
    for (const one of everywhere)
      if (record !== '' && one.account === account && record.endsWith(`/${one.record}`)) return true
    return false
  }
  return {
    isDeny: effect === 'deny',
    permissions: new Set(permissionGroups.flatMap((group) => groups.get(group) ?? [])),
    ranges: condition?.ip?.in?.map(rangeOf) ?? null,
    covers,
  }
}

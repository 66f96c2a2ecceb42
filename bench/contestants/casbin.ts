/**
 * casbin: one enforcer per side, one row per selector, `enforceSync`, deny overrides. Groups of permissions and the cover of a name are functions
 * of our own in the matcher, cheapest first; a row's third column is its address ranges.
 */
import type { Policy } from 'bailiwick/core'
import { type Enforcer, newEnforcer, newModelFromString } from 'casbin'
import type { Evaluator } from '../decide/evaluator.ts'
import { groups } from '../vocabulary.ts'
import type { World } from '../worlds.ts'
import { addressNumber, isWithin, type Range, rangeOf } from './addresses.ts'
import { bothSides } from './sides.ts'

const MODEL = `
[request_definition]
r = act, obj, ip
[policy_definition]
p = groups, obj, ranges, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = covers(p.obj, r.obj) && grouped(p.groups, r.act) && within(p.ranges, r.ip)
`

interface Question {
  readonly permission: string
  readonly address: number
}

export function open(world: World): Evaluator<unknown> {
  return bothSides<Enforcer, Question, string>(world, {
    compile: sideOf,
    question: ({ permission, ip }) => ({ permission, address: addressNumber(ip) }),
    read: (resource) => resource,
    grants: (side, { permission, address }, resource) => side.enforceSync(permission, resource, address),
  })
}

async function sideOf(policies: readonly Policy[]): Promise<Enforcer> {
  const enforcer = await newEnforcer(newModelFromString(MODEL))
  await enforcer.addFunction('covers', covers)
  await enforcer.addFunction('grouped', grouped)
  await enforcer.addFunction('within', within)
  const rows = policies.flatMap(({ effect, permissionGroups = [], resources, condition }) =>
    resources.map((selector) => [permissionGroups.join(), selector, condition?.ip?.in?.join() ?? '', effect]),
  )
  const distinct = new Map(rows.map((row) => [row.join('|'), row]))
  await enforcer.addPolicies([...distinct.values()])
  return enforcer
}

function covers(selector: string, resource: string): boolean {
  if (!selector.includes('*'))
    return resource.startsWith(selector) && (resource.length === selector.length || resource[selector.length] === '/')
  return remembered(patterns, selector, patternOf).test(resource)
}

function grouped(names: string, permission: string): boolean {
  return remembered(sets, names, setOf).has(permission)
}

function within(ranges: string, address: number): boolean {
  return isWithin(remembered(lists, ranges, rangesOf), address)
}

const patterns = new Map<string, RegExp>()
const sets = new Map<string, ReadonlySet<string>>()
const lists = new Map<string, readonly Range[] | null>()

function remembered<T>(known: Map<string, T>, text: string, make: (text: string) => T): T {
  const found = known.get(text)
  if (found !== undefined) return found
  const made = make(text)
  known.set(text, made)
  return made
}

function patternOf(selector: string): RegExp {
  return new RegExp(`^${selector.replaceAll('*', '[^/]*')}(?:/|$)`)
}

function setOf(names: string): ReadonlySet<string> {
  return new Set(names.split(',').flatMap((group) => groups.get(group) ?? []))
}

function rangesOf(text: string): readonly Range[] | null {
  return text === '' ? null : text.split(',').map(rangeOf)
}

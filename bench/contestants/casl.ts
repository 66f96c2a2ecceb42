/**
 * CASL: one ability per side. Selectors of one shape are one rule with `$in`, its documented way to many ids; prefixes are `$regex`, addresses an
 * operator of our own. Denies come last, since the last rule that matches wins. Resources are instances of a class, as its docs recommend.
 */
import { buildMongoQueryMatcher, createMongoAbility, type MongoAbility, type MongoQuery } from '@casl/ability'
import type { Policy } from 'bailiwick/core'
import type { Evaluator } from '../decide/evaluator.ts'
import { groups } from '../vocabulary.ts'
import type { World } from '../worlds.ts'
import { addressNumber, isWithin, type Range, rangeOf } from './addresses.ts'
import { type Path, pathOf, shapesOf } from './selectors.ts'
import { bothSides } from './sides.ts'

class Resource implements Path {
  readonly account: string
  readonly zone: string
  readonly record: string
  readonly address: number
  constructor(name: string, address: number) {
    const { account, zone, record } = pathOf(name)
    this.account = account
    this.zone = zone
    this.record = record
    this.address = address
  }
}

interface Question {
  readonly permission: string
  readonly address: number
}

type Side = MongoAbility<[string, typeof Resource | Resource]>

/** Strings are compared by `$eq` and `$in`; `$cidr` is made known to it as its docs tell. */
const conditionsMatcher = buildMongoQueryMatcher(
  { $cidr: { type: 'field' } },
  {
    cidr: ({ field, value }: { field: string; value: readonly Range[] }, object, { get }) =>
      isWithin(value, get(object, field)),
  },
)

export function open(world: World): Evaluator<unknown> {
  return bothSides<Side, Question, Resource>(world, {
    compile: (policies) => createMongoAbility<Side>(sorted(policies).flatMap(rulesOf), { conditionsMatcher }),
    question: ({ permission, ip }) => ({ permission, address: addressNumber(ip) }),
    read: (resource, { address }) => new Resource(resource, address),
    grants: (side, { permission }, resource) => side.can(permission, resource),
  })
}

function sorted(policies: readonly Policy[]): readonly Policy[] {
  return [...policies].sort((a, b) => a.effect.localeCompare(b.effect)) // `allow` before `deny`
}

function rulesOf({ effect, permissionGroups = [], resources, condition }: Policy) {
  const { accounts, zones, records, zonePrefixes, everywhere } = shapesOf(resources)
  const ranges = condition?.ip?.in?.map(rangeOf)
  const conditions: MongoQuery[] = [
    ...listed('account', accounts),
    ...listed('zone', zones),
    ...listed('record', records),
    ...zonePrefixes.map((prefix) => ({ zone: { $regex: new RegExp(`^${prefix}`) } })),
    ...everywhere.map(({ account, record }) => ({ account, record: { $regex: new RegExp(`/${record}$`) } })),
  ]
  const action = [...new Set(permissionGroups.flatMap((group) => groups.get(group) ?? []))]
  return conditions.map((condition) => ({
    action,
    subject: Resource,
    inverted: effect === 'deny',
    conditions: ranges === undefined ? condition : { ...condition, address: { $cidr: ranges } },
  }))
}

function listed(field: keyof Path, names: readonly string[]): MongoQuery[] {
  return names.length === 0 ? [] : [{ [field]: names.length === 1 ? names[0] : { $in: names } }]
}

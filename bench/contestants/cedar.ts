/**
 * Cedar in wasm: a policy set per side, parsed beforehand; groups are parents of actions, and a resource's ancestors its parents. The entities of one
 * request are handed in with it, as few as there can be: the action's are made once.
 */
import {
  type EntityJson,
  type EntityUidJson,
  preparsePolicySet,
  statefulIsAuthorized,
} from '@cedar-policy/cedar-wasm/nodejs'
import type { Policy } from 'bailiwick/core'
import type { Evaluator } from '../decide/evaluator.ts'
import { groupsOf } from '../vocabulary.ts'
import type { World } from '../worlds.ts'
import { pathOf, shapesOf } from './selectors.ts'
import { bothSides } from './sides.ts'

interface Question {
  readonly action: EntityUidJson
  readonly entity: EntityJson
  readonly context: { readonly ip: { readonly __extn: { readonly fn: string; readonly arg: string } } }
}

interface Asked {
  readonly resource: EntityUidJson
  readonly entities: EntityJson[]
}

const principal = { type: 'Token', id: 't' }

export function open(world: World): Evaluator<unknown> {
  let sets = 0
  return bothSides<string, Question, Asked>(world, {
    compile(policies) {
      const id = `set ${sets++}`
      const answer = preparsePolicySet(id, { staticPolicies: policies.map(policyText).join('\n') })
      if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors))
      return id
    },
    question({ permission, ip }) {
      const action = { type: 'Action', id: permission }
      const parents = (groupsOf.get(permission) ?? []).map((id) => ({ type: 'Action', id }))
      return { action, entity: { uid: action, attrs: {}, parents }, context: { ip: { __extn: { fn: 'ip', arg: ip } } } }
    },
    read: (resource, { entity }) => readResource(resource, entity),
    grants(preparsedPolicySetId, { action, context }, { resource, entities }) {
      const answer = statefulIsAuthorized({ principal, action, resource, context, preparsedPolicySetId, entities })
      if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors))
      return answer.response.decision === 'allow'
    },
  })
}

/** The resource alone with all its ancestors as parents, so that one entity is enough. */
function readResource(name: string, action: EntityJson): Asked {
  const { account, zone, record } = pathOf(name)
  const parents: EntityUidJson[] = []
  if (zone !== '') parents.push({ type: 'Account', id: account })
  if (record !== '') parents.push({ type: 'Zone', id: zone })
  const resource = record !== '' ? uid('Record', record) : zone !== '' ? uid('Zone', zone) : uid('Account', account)
  const attrs = zone === '' ? { account } : record === '' ? { account, zone } : { account, zone, record }
  return { resource, entities: [action, { uid: resource, attrs, parents }] }
}

function uid(type: string, id: string): EntityUidJson {
  return { type, id }
}

function policyText({ effect, permissionGroups = [], resources, condition }: Policy): string {
  const { accounts, zones, records, zonePrefixes, everywhere } = shapesOf(resources)
  const listed = [
    ...accounts.map((id) => `Account::${JSON.stringify(id)}`),
    ...zones.map((id) => `Zone::${JSON.stringify(id)}`),
    ...records.map((id) => `Record::${JSON.stringify(id)}`),
  ]
  const covers = [
    ...(listed.length > 0 ? [`resource in [${listed.join(', ')}]`] : []),
    ...zonePrefixes.map((prefix) => `(resource has zone && resource.zone like ${JSON.stringify(`${prefix}*`)})`),
    ...everywhere.map(
      ({ account, record }) =>
        `(resource has record && resource.record like ${JSON.stringify(`${account}/zone:*/${record}`)})`,
    ),
  ]
  const ranges = condition?.ip?.in?.map((range) => `context.ip.isInRange(ip(${JSON.stringify(range)}))`) ?? ['true']
  const actions = permissionGroups.map((id) => `Action::${JSON.stringify(id)}`).join(', ')
  return `${effect === 'deny' ? 'forbid' : 'permit'} (principal, action in [${actions}], resource)
    when { (${ranges.join(' || ')}) && (${covers.join(' || ')}) };`
}

/** Times `decide` for one token of a given form: so many policies of so many selectors, on different selectors or all on the same. */
import type { CredentialFacts, Policy } from 'bailiwick/core'
import { open } from '../contestants/bailiwick.ts'
import type { Figures } from '../harness.ts'
import { type Request, streamOf } from '../requests.ts'
import { groupNames } from '../vocabulary.ts'
import { RANGES, type World } from '../worlds.ts'
import { check, time } from './asking.ts'

export interface GrowthInput {
  readonly policies: number
  readonly selectors: number
  /** Whether all policies have the same selectors. */
  readonly isSame: boolean
  /** How many different conditions its policies have, in turn. */
  readonly conditions: number
}

const ACCOUNT = 'account:a000'
const REQUESTS = 20_000

export async function run(input: GrowthInput): Promise<Figures> {
  const facts = factsOf(input)
  const world: World = { size: 'S', tokens: 1, accounts: 1, zones: 1, facts: [facts] }
  const stream = streamOf(Array.from({ length: REQUESTS }, (_, n) => requestOf(n, facts.token.policies)))
  const evaluator = open(world)
  await check('bailiwick', world, evaluator, stream)
  return { decide: await time(evaluator, stream, 15) }
}

/** Half of them are of something a policy covers, half of a zone beside it; half of them ask about a record. */
function requestOf(n: number, policies: readonly Policy[]): Request {
  const { resources = [], condition } = policies[(n * 7) % policies.length] ?? {}
  const zone = n % 2 === 0 ? (resources[(n * 13) % resources.length] ?? '') : `${ACCOUNT}/zone:other${n % 1_000}`
  const range = condition?.ip?.in?.[0] ?? RANGES[0] ?? ''
  const resource = n % 4 < 2 ? zone : `${zone}/record:r${n % 100}`
  return { token: 0, permission: 'area0.read', resource, ip: range.slice(0, range.indexOf('/')) }
}

/** All policies allow reading, and each something else besides. */
function factsOf({ policies, selectors, isSame, conditions }: GrowthInput): CredentialFacts {
  const made = Array.from({ length: policies }, (_, p): Policy => {
    const zones = Array.from({ length: selectors }, (_, s) => `${ACCOUNT}/zone:z${isSame ? 0 : p}-${s}`)
    const range = RANGES[p % Math.max(conditions, 1)] ?? ''
    const condition = conditions > 0 ? { condition: { ip: { in: [range] } } } : {}
    const permissionGroups = ['read-all', groupNames[p % groupNames.length] ?? '']
    return { id: `p${p}`, effect: 'allow', permissionGroups, resources: zones, ...condition }
  })
  const state = { status: 'active', apiAccess: null, revision: 1 } as const
  const times = { issuedOn: 2_000, modifiedOn: 2_000, secretIssuedOn: 2_000 }
  const member = { account: 'a000', kind: 'user', id: 'u', since: 1_000, readmitted: false } as const
  const account = { id: 'a000', name: 'A', status: 'active', apiAccess: true, tokenRules: {}, revision: 1 } as const
  return {
    token: { id: 't', name: 't', owner: { user: 'u' }, issuedBy: 'host', policies: made, ...state, ...times },
    secrets: { digest: '' },
    blockedIn: [],
    user: null,
    standings: [{ account, member: { ...member, ...state, roles: ['administrator'], policies: [] } }],
    revisions: new Map(),
  }
}

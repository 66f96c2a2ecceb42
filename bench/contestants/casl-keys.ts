/** CASL behind the least that any key check does: the token's policies as rules, made once for each token. */
import { hash } from 'node:crypto'
import { createMongoAbility, type MongoAbility, type RawRuleOf, subject } from '@casl/ability'
import type { PolicyCheck } from '../http/checks.ts'
import type { Key, Place } from '../http/keys.ts'

const SCHEME = 'Bearer '

export function open(keys: readonly Key[]): PolicyCheck {
  const known = new Map(keys.map((key) => [hash('sha256', key.value), createMongoAbility(rulesOf(key))]))
  return {
    statusOf(authorization: string | undefined, { account, zone }: Place) {
      if (authorization?.startsWith(SCHEME) !== true) return 401
      const ability = known.get(hash('sha256', authorization.slice(SCHEME.length)))
      if (ability === undefined) return 401
      return ability.can('dns.read', subject('zone', { account, zone })) ? 200 : 403
    },
  }
}

/** Later rules win in CASL, so the deny stands after the allow. */
function rulesOf({ account, zones }: Key): RawRuleOf<MongoAbility>[] {
  const [locked = ''] = zones
  return [
    { action: ['dns.read', 'dns.write'], subject: 'zone', conditions: { account, zone: { $in: [...zones] } } },
    { action: 'dns.write', subject: 'zone', conditions: { account, zone: locked }, inverted: true },
  ]
}

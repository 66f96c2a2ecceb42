/** What stands in front of the route beside bailiwick: the least any key check does, and the same with CASL behind it. */
import { hash } from 'node:crypto'
import { createMongoAbility, type MongoAbility, type RawRuleOf, subject } from '@casl/ability'
import type { Key, Place } from './keys.ts'

const SCHEME = 'Bearer '

/** One SHA-256 of what was presented and one look into a Map: authenticates, and decides nothing. */
export class KeyCheck {
  readonly #known: ReadonlyMap<string, Key>

  constructor(keys: readonly Key[]) {
    this.#known = new Map(keys.map((key) => [hash('sha256', key.value), key]))
  }

  admits(authorization: string | undefined): boolean {
    return (
      authorization?.startsWith(SCHEME) === true && this.#known.has(hash('sha256', authorization.slice(SCHEME.length)))
    )
  }
}

/** The same, and the token's policies as rules of CASL, made once for each token. */
export class CaslCheck {
  readonly #known: ReadonlyMap<string, MongoAbility>

  constructor(keys: readonly Key[]) {
    this.#known = new Map(keys.map((key) => [hash('sha256', key.value), createMongoAbility(rulesOf(key))]))
  }

  statusOf(authorization: string | undefined, { account, zone }: Place): 200 | 401 | 403 {
    if (authorization?.startsWith(SCHEME) !== true) return 401
    const ability = this.#known.get(hash('sha256', authorization.slice(SCHEME.length)))
    if (ability === undefined) return 401
    return ability.can('dns.read', subject('zone', { account, zone })) ? 200 : 403
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

/**
 * A world so small that all of it can be asked: two accounts of which one's name begins with the other's, a type in each and a type in
 * that, three ids, two permissions of which one is `deep`, and every name, selector, policy, address and instant that these can spell.
 */
import { defineCatalog } from '../../src/core/define.ts'
import type { Condition, Policy } from '../../src/core/facts.ts'
import { NOW } from './building.ts'
import { applies } from './reference.ts'
import { readAddress, readName } from './reference-text.ts'
import type { CatalogCase, Question } from './vocabulary.ts'

const declared = {
  resources: { folder: { in: 'account' }, file: { in: 'folder' } },
  permissions: {
    'file.read': { on: ['folder', 'file'] },
    'tree.delete': { on: ['account', 'folder', 'file'], deep: true },
  },
  groups: {
    all: { name: 'All', permissions: ['file.read', 'tree.delete'] },
    read: { name: 'Read', permissions: ['file.read'] },
  },
  roles: {
    owner: { name: 'Owner', owner: true, groups: ['all'] },
    reader: { name: 'Reader', groups: ['read'] },
  },
} as const

export const TINY: CatalogCase = { name: 'tiny', declared, catalog: defineCatalog(declared), ids: {} }

export const ACCOUNTS = ['a', 'ab'] as const
const IDS = ['a', 'ab', 'b']
const PERMISSIONS = ['file.read', 'tree.delete'] as const

/** In 203.0.113.0/24 and until the last question, out of it, at the first instant alone, and the first and the third together. */
const WITHIN = { in: ['203.0.113.0/24'] }
const EARLY = { notBefore: NOW, expiresOn: NOW + 10 }
export const WITHIN_AND_EARLY: Condition = { ip: WITHIN, ...EARLY }
export const CONDITIONS: readonly Condition[] = [
  { ip: WITHIN },
  { ip: { notIn: ['203.0.113.0/24'] } },
  EARLY,
  WITHIN_AND_EARLY,
]

/** What may follow the root of a selector: nothing, a folder, or a file in a folder. `b` is what no id or prefix stands for. */
const LAST = ['a', 'ab', 'a*', '*']
const TAILS: readonly string[] = [
  '',
  ...LAST.map((folder) => `/folder:${folder}`),
  ...['a', 'ab', '*'].flatMap((folder) => LAST.map((file) => `/folder:${folder}/file:${file}`)),
]

const NAMES: readonly string[] = ACCOUNTS.flatMap((account) => [
  `account:${account}`,
  ...IDS.map((folder) => `account:${account}/folder:${folder}`),
  ...IDS.flatMap((folder) => IDS.map((file) => `account:${account}/folder:${folder}/file:${file}`)),
])

/** Every question: each permission about each name, without an address, from inside and from outside, in time and too late. */
export const QUESTIONS: readonly Question[] = [NOW, NOW + 10].flatMap((now) =>
  [null, '203.0.113.7', '198.51.100.1'].flatMap((ip) =>
    PERMISSIONS.flatMap((permission) => NAMES.map((resource) => ({ permission, resource, now, ip }))),
  ),
)

/** One policy, and what the reference says of it: to which questions it applies. */
export interface Letter {
  readonly policy: Policy
  /** By the place of the question in `QUESTIONS`, 1 where the policy applies. */
  readonly applies: Uint8Array
}

/** The questions as the reference reads them. */
const READ = QUESTIONS.map(({ permission, resource, now, ip }) => {
  return { permission, name: readName(resource) ?? [], now, ip: ip === null ? null : readAddress(ip) }
})

interface Spelling {
  readonly roots?: readonly string[]
  readonly tails?: readonly string[]
  readonly permissions?: readonly string[]
  readonly conditions?: readonly (Condition | null)[]
}

/** Every policy that can be spelt so: allow and deny, of each permission, on each selector, under each condition. */
export function alphabet({
  roots = ['account:a'],
  tails = TAILS,
  permissions = PERMISSIONS,
  conditions = [null],
}: Spelling): readonly Letter[] {
  const spelt = roots.flatMap((root) =>
    tails.flatMap((tail) =>
      permissions.flatMap((permission) =>
        conditions.flatMap((condition) =>
          (['allow', 'deny'] as const).map(
            (effect): Policy => ({
              ...{ id: `${effect} ${permission} ${root}${tail}`, effect, permissions: [permission] },
              ...{ resources: [`${root}${tail}`], ...(condition === null ? {} : { condition }) },
            }),
          ),
        ),
      ),
    ),
  )
  return spelt.map(letter)
}

export function letter(policy: Policy): Letter {
  return { policy, applies: Uint8Array.from(READ, (asked) => (applies(declared, policy, asked) ? 1 : 0)) }
}

/** What stands in nobody's way, in a token or a member. */
export const ALL: readonly Letter[] = [
  letter({ id: 'all', effect: 'allow', permissionGroups: ['all'], resources: ['account:a'] }),
]

/** Every set of at most so many letters. The order in a set changes from one to the next: it must not matter. */
export function* setsOf(letters: readonly Letter[], most: number): Generator<readonly Letter[]> {
  let turn = 0
  function* from(first: number, chosen: readonly Letter[]): Generator<readonly Letter[]> {
    yield turn++ % 2 === 0 ? chosen : [...chosen].reverse()
    if (chosen.length === most) return
    for (const [i, next] of letters.entries()) if (i >= first) yield* from(i + 1, [...chosen, next])
  }
  yield* from(0, [])
}

/** This package as a host calls it: `access.can` on an access that authentication returned, names of permissions as text. */
import type { Access, BailiwickOptions, CatalogShape } from 'bailiwick'
import type { Evaluator } from '../decide/evaluator.ts'
import { sqlite } from '../engine/built.ts'
import { open as openPackage, type Seed, valuesOf } from '../engine/seeded.ts'
import type { Stream } from '../requests.ts'
import type { World } from '../worlds.ts'

interface Prepared {
  readonly access: Access
  readonly permission: string
}

export async function open(
  _world: World,
  _streams: readonly Stream[],
  seed: Seed | null,
): Promise<Evaluator<Prepared>> {
  return openWith(seed, {})
}

/** The same with other clocks than the machine's. */
export async function openWith(
  seed: Seed | null,
  clocks: Pick<BailiwickOptions<CatalogShape>, 'clock' | 'monotonic'>,
): Promise<Evaluator<Prepared>> {
  if (seed === null) throw new TypeError('an access needs stored tokens')
  const bw = openPackage(sqlite.sqliteStorage(seed.database), clocks)
  const credentialOf = valuesOf(seed)
  return {
    prepare: async ({ token, permission, ip }) => {
      return { access: await bw.authenticate(credentialOf(token), { ip }), permission }
    },
    ask: ({ access, permission }, resource) => access.can(permission, resource),
  }
}

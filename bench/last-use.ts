/** What it costs to remember last uses: authenticate and ask, with and without, taking turns; and how much of it reaches storage. */
import assert from 'node:assert/strict'
import { createBailiwick } from '../src/bailiwick.ts'
import { defineCatalog } from '../src/core/define.ts'
import { createImportedKeys } from '../src/credential/imported.ts'
import { createPeppers } from '../src/credential/peppers.ts'
import { Engine } from '../src/engine/authenticate.ts'
import { Snapshots } from '../src/engine/snapshots.ts'
import { Uses, unrefTimer } from '../src/engine/uses.ts'
import { memoryStorage } from '../src/storage/memory/index.ts'
import type { StorageUsage } from '../src/storage/port.ts'
import type { Report } from './report.ts'
import { smallDefinition } from './vocabulary.ts'

const TOKENS = 200
/** Short turns and many of them: what disturbs the machine disturbs both contestants of a round. */
const TURN = 2_000
const ROUNDS = 301
const WARM_UP = 20

/** Says of every use that it is noted already, so that none ever is. */
class NoUses extends Uses {
  override isNoted(): boolean {
    return true
  }
}

export async function suite(report: Report): Promise<void> {
  const catalog = defineCatalog(smallDefinition)
  const storage = memoryStorage()
  const bw = createBailiwick({ catalog, storage, limits: { tokensPerUser: TOKENS } })
  await bw.accounts.create({ id: 'acme', name: 'Acme', owner: 'u' })
  const policies = [{ effect: 'allow', permissionGroups: ['dns'], resources: ['account:acme/zone:*'] }] as const
  const values: string[] = []
  for (let n = 0; n < TOKENS; n++)
    values.push((await bw.tokens.create({ owner: { user: 'u' }, name: `t${n}`, policies })).value)

  let written = 0
  const sink: StorageUsage = {
    recordUse: async (batch) => {
      written += batch.uses.length
      await storage.recordUse(batch)
    },
  }
  const options = {
    sink,
    flushMs: 60_000,
    maxPending: 10_000,
    schedule: unrefTimer,
    report: (error: unknown) => assert.fail(String(error)),
  }
  const engineWith = (uses: Uses) => {
    const [clock, monotonic] = [Date.now, () => performance.now()]
    const peppers = createPeppers(undefined, clock)
    const freshness = { servedMs: 3_600_000, heldMs: 7_200_000 }
    const bounds = { maxEntries: 50_000, maxBytes: 2 ** 27 }
    const snapshots = new Snapshots({ catalog, reader: storage, peppers, monotonic, ...freshness, ...bounds })
    const credentials = { prefixes: new Set(['bwk']), peppers, importedKeys: createImportedKeys() }
    const deps = { catalog, snapshots, ...credentials, uses, decisions: null, clock, monotonic, heldMs: 7_200_000 }
    return new Engine({ ...deps, report: (error) => assert.fail(String(error)) })
  }
  const uses = new Uses(options)
  const engines = [engineWith(uses), engineWith(new NoUses(options))]
  const times: number[][] = [[], []]
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const i of round % 2 === 0 ? [0, 1] : [1, 0]) {
      const engine = engines[i]
      if (engine === undefined) continue
      const begun = process.hrtime.bigint()
      let allowed = 0
      for (let n = 0; n < TURN; n++) {
        const access = await engine.authenticate(values[n % TOKENS], '192.0.2.7')
        if (access.can('dns.read', `account:acme/zone:z${n % 64}`)) allowed++
      }
      const ns = Number(process.hrtime.bigint() - begun) / TURN
      assert.equal(allowed, TURN)
      if (round >= 0) times[i]?.push(ns)
    }
  }
  await uses.flush()
  const [remembering = [], without = []] = times
  const more = median(remembering.map((ns, round) => ns / (without[round] ?? Number.NaN))) - 1
  const requests = TURN * (ROUNDS + WARM_UP)
  report.heading('what remembering last uses costs')
  report.text(
    `authenticate + can, ${median(without).toFixed(0)} ns: remembering last uses adds ${(100 * more).toFixed(1)} % (median of ${ROUNDS} paired rounds); ` +
      `${requests} requests of ${TOKENS} tokens became ${written} rows`,
  )
}

function median(all: readonly number[]): number {
  return [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN
}

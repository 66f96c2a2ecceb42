/**
 * `npm run bench`: what a decision, a warm authentication, last uses and an owner's list cost, as ratios to a floor measured in the same run.
 *
 * Correctness is asserted before anything is timed.
 */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { cpus } from 'node:os'
import { createBailiwick } from '../src/bailiwick.ts'
import { permissionNamed } from '../src/core/catalog.ts'
import { decide } from '../src/core/decide.ts'
import type { Policy } from '../src/core/facts.ts'
import { tokenSubject } from '../src/core/snapshot.ts'
import { memoryStorage } from '../src/storage/memory/index.ts'
import { lastUse } from './last-use.ts'
import { type Contestant, measure } from './measure.ts'
import { ownersList } from './owners.ts'
import { catalog, facts, requests } from './worlds.ts'

const read = permissionNamed(catalog, 'dns.read')
const context = { now: 1_000, ip: null }

/** What a good engineer writes by hand for this one world: a loop over policies, a string compare per selector. */
function handWritten(policies: readonly Policy[], resource: string): boolean {
  let allowed = false
  for (const { effect, resources } of policies) {
    for (const selector of resources) {
      if (resource !== selector && !resource.startsWith(`${selector}/`)) continue
      if (effect === 'deny') return false
      allowed = true
    }
  }
  return allowed
}

function decisions(policies: number, selectors: number): readonly Contestant[] {
  const world = facts(policies, selectors)
  const subject = tokenSubject(catalog, world)
  const stream = requests(policies, selectors)
  const allowed = new Map(stream.map((resource) => [resource, handWritten(world.token.policies, resource)]))
  for (const resource of stream)
    assert.equal(decide(subject, read, resource, context).effect === 'allow', allowed.get(resource))
  const count = (one: (resource: string) => boolean | undefined) => () =>
    stream.reduce((sum, resource) => sum + (one(resource) ? 1 : 0), 0)
  const label = `${policies} × ${selectors}`
  return [
    { name: `floor: Map.get, ${label}`, operations: stream.length, pass: count((resource) => allowed.get(resource)) },
    {
      name: `decide, ${label}`,
      operations: stream.length,
      pass: count((resource) => decide(subject, read, resource, context).effect === 'allow'),
    },
    {
      name: `loops by hand, ${label}`,
      operations: stream.length,
      pass: count((resource) => handWritten(world.token.policies, resource)),
    },
  ]
}

async function authentication(): Promise<void> {
  const bw = createBailiwick({
    catalog,
    storage: memoryStorage(),
    freshness: { mode: 'bounded', maxStalenessMs: 3_600_000 },
  })
  await bw.accounts.create({ id: 'acme', name: 'Acme', owner: 'u' })
  const { value } = await bw.tokens.create({
    owner: { user: 'u' },
    name: 'bench',
    policies: [{ effect: 'allow', permissionGroups: ['dns'], resources: ['account:acme/zone:z1'] }],
  })
  assert.equal((await bw.authenticate(value)).can('dns.read', 'account:acme/zone:z1'), true)
  const known = new Map([[hash('sha256', value, 'base64url'), true]])
  const floor: number[] = []
  const warm: number[] = []
  for (let round = 0; round < 21; round++) {
    floor.push(await timed(async () => known.get(hash('sha256', value, 'base64url'))))
    warm.push(await timed(async () => (await bw.authenticate(value)).can('dns.read', 'account:acme/zone:z1')))
  }
  const [a = 0, b = 0] = [floor, warm].map((all) => [...all].sort((x, y) => x - y)[10] ?? 0)
  console.log(
    `\nauthenticate + can, warm: ${b.toFixed(0)} ns; SHA-256 and a Map.get, awaited: ${a.toFixed(0)} ns; ratio ${(b / a).toFixed(2)}`,
  )
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const turns = 5_000
  const start = process.hrtime.bigint()
  for (let i = 0; i < turns; i++) await work()
  return Number(process.hrtime.bigint() - start) / turns
}

console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}\n`)
const growth = [decisions(1, 1), decisions(1, 1_000), decisions(100, 10)].map((contestants) => measure(contestants))
for (const world of growth) {
  const floor = world[0]?.nsPerOperation ?? Number.NaN
  for (const { name, nsPerOperation } of world) {
    console.log(
      `${name.padEnd(32)} ${nsPerOperation.toFixed(0).padStart(8)} ns ${(nsPerOperation / floor).toFixed(1).padStart(8)} × floor`,
    )
  }
}
await authentication()
await lastUse()
await ownersList()

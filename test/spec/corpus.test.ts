/** The corpus is what docs/reference/corpus.md says it is, and both evaluators answer every request of it as it expects. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { DENY_REASONS } from '../../src/core/decision.ts'
import { CATALOGS } from './catalogs.ts'
import { explained, outcome, subjectOf } from './core.ts'
import { type CorpusWorld, REQUESTS, readCatalogs, readWorlds, toCredential } from './corpus-format.ts'
import { makeCorpus } from './corpus-make.ts'
import { reference } from './reference.ts'
import type { CatalogCase, Outcome } from './vocabulary.ts'

const catalogs = readCatalogs()
const corpus = [...catalogs.values()].flatMap((on) => readWorlds(on.name).map((world) => ({ on, world })))
const outcomes = corpus.flatMap(({ world }) => world.requests.map(({ expect: expected }) => expected))
const OUTCOMES = ['allow', 'error', ...DENY_REASONS.slice(DENY_REASONS.indexOf('token_disabled'))] as const

test('the core answers every request as the corpus expects', () => {
  for (const { on, world } of corpus) {
    const subject = subjectOf(on, toCredential(world))
    for (const request of world.requests) {
      const got = outcome(on, subject, request)
      if (got !== request.expect) fail(`the core says ${got}`, world, request)
    }
  }
})

test('its explanation too', () => {
  for (const { on, world } of corpus) {
    const subject = subjectOf(on, toCredential(world))
    for (const request of world.requests) {
      const explanation = explained(on, subject, request)
      const told = explanation === 'error' ? explanation : (explanation.decision.reason ?? 'allow')
      if (told !== request.expect) fail(`explain says ${told}`, world, request)
    }
  }
})

test('so does the reference', () => {
  for (const { on, world } of corpus) {
    const credential = toCredential(world)
    for (const request of world.requests) {
      const got = reference(on.declared, credential, request)
      if (got !== request.expect) fail(`the reference says ${got}`, world, request)
    }
  }
})

describe('what is in it', () => {
  test('at least 2,000 worlds of eight different requests, each world once', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(2_000)
    for (const { world } of corpus)
      expect(new Set(world.requests.map((one) => JSON.stringify(one))).size).toBe(REQUESTS)
    expect(new Set(corpus.map(({ world }) => JSON.stringify(world))).size).toBe(corpus.length)
  })

  test('worlds of each catalog, which are those of the properties', () => {
    expect([...catalogs.keys()]).toEqual(CATALOGS.map(({ name }) => name))
    for (const { name, declared } of CATALOGS) {
      expect(plain(catalogs.get(name)?.declared)).toEqual(plain(declared))
      expect(corpus.filter(({ on }) => on.name === name).length, name).toBeGreaterThan(300)
    }
  })

  test.each(OUTCOMES)('%s is expected often enough', (one) => {
    expect(outcomes.filter((expected) => expected === one).length).toBeGreaterThanOrEqual(60)
  })

  test('nothing is expected that is no outcome, and three to seven requests in ten are allowed', () => {
    for (const expected of outcomes) expect(OUTCOMES).toContain(expected)
    const share = outcomes.filter((expected) => expected === 'allow').length / outcomes.length
    expect(share).toBeGreaterThan(0.3)
    expect(share).toBeLessThan(0.7)
  })

  test('each kind of asker is allowed something and denied something', () => {
    for (const kind of ['person', 'service', 'account', 'session']) {
      const asked = corpus.filter(({ world }) => kindOf(world) === kind).flatMap(({ world }) => world.requests)
      const allowed = asked.filter(({ expect: expected }) => expected === 'allow').length
      expect(allowed, kind).toBeGreaterThan(100)
      expect(asked.length - allowed, kind).toBeGreaterThan(100)
    }
  })

  test('every line has the form that is documented, and no field beside', () => {
    for (const { world } of corpus) expect(WORLD.safeParse(world).error?.issues).toBe(undefined)
  })
})

test('the example of the page is a world, and answered so', () => {
  const page = readFileSync(new URL('../../docs/reference/corpus.md', import.meta.url), 'utf8')
  const blocks = [...page.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, json = '']) => JSON.parse(json))
  const example: CorpusWorld = blocks[1]
  const eight = Array.from({ length: REQUESTS }, (_, i) => example.requests[i % 2])
  expect(WORLD.safeParse({ ...example, requests: eight }).error?.issues).toBe(undefined)
  for (const request of example.requests) expect(answered(example, request)).toBe(request.expect)
})

test('the same seed makes the same worlds, and another one others', () => {
  const once = makeCorpus(7, 4)
  expect(once.worlds.length).toBeGreaterThan(4)
  expect(makeCorpus(7, 4).worlds).toEqual(once.worlds)
  expect(makeCorpus(8, 4).worlds).not.toEqual(once.worlds)
  for (const world of once.worlds)
    for (const request of world.requests) expect(answered(world, request)).toBe(request.expect)
})

function answered(world: CorpusWorld, request: CorpusWorld['requests'][number]): Outcome {
  const on = catalogs.get(world.catalog)
  if (on === undefined) throw new Error(`no catalog ${world.catalog}`)
  return reference(on.declared, toCredential(world), request)
}

function kindOf({ token }: CorpusWorld): string {
  if (token === null) return 'session'
  return 'user' in token.owner ? 'person' : 'service' in token.owner ? 'service' : 'account'
}

/** With patterns as their text, in which two of the same text are equal. */
function plain(declared: CatalogCase['declared'] | undefined): unknown {
  return JSON.parse(JSON.stringify(declared, (_, value) => (value instanceof RegExp ? value.source : value)))
}

function fail(message: string, world: CorpusWorld, request: CorpusWorld['requests'][number]): never {
  const { requests: _, ...facts } = world
  throw new Error(`${message}\n${JSON.stringify(request)}\n${JSON.stringify(facts)}`)
}

const instant = z.int()
const texts = z.array(z.string().min(1)).min(1)
const ip = z.strictObject({ in: texts.optional(), notIn: texts.optional() })
const policy = z
  .strictObject({
    effect: z.enum(['allow', 'deny']),
    permissionGroups: texts.optional(),
    permissions: texts.optional(),
    resources: texts,
    condition: z
      .strictObject({ ip: ip.optional(), notBefore: instant.optional(), expiresOn: instant.optional() })
      .optional(),
  })
  .refine((one) => (one.permissionGroups === undefined) !== (one.permissions === undefined))
const flag = z.boolean().nullable()
const WORLD = z.strictObject({
  catalog: z.string(),
  token: z
    .strictObject({
      owner: z.union([
        z.strictObject({ user: z.string() }),
        z.strictObject({ account: z.string(), service: z.string() }),
        z.strictObject({ account: z.string() }),
      ]),
      status: z.enum(['active', 'disabled', 'revoked']),
      apiAccess: flag,
      issuedOn: instant,
      secretIssuedOn: instant,
      notBefore: instant.optional(),
      expiresOn: instant.optional(),
      condition: z.strictObject({ ip: ip.optional() }).optional(),
      secretEndsOn: instant.nullable(),
      blockedIn: z.array(z.string()),
      policies: z.array(policy),
    })
    .nullable(),
  user: z.strictObject({ id: z.string(), status: z.enum(['active', 'suspended']).nullable() }).nullable(),
  standings: z.array(
    z.strictObject({
      account: z.strictObject({
        id: z.string(),
        status: z.enum(['active', 'suspended']),
        apiAccess: z.boolean(),
        tokenRules: z.strictObject({
          maxLifetimeMs: instant.optional(),
          requireExpiry: z.boolean().optional(),
          requireIp: z.boolean().optional(),
          forbidPersonal: z.boolean().optional(),
        }),
      }),
      member: z
        .strictObject({
          status: z.enum(['pending', 'active', 'suspended']),
          since: instant,
          readmitted: z.boolean(),
          apiAccess: flag,
          roles: z.array(z.string()),
          policies: z.array(policy),
        })
        .nullable(),
    }),
  ),
  requests: z
    .array(
      z.strictObject({
        permission: z.string(),
        resource: z.string().refine((resource) => resource.isWellFormed()),
        now: z.number(),
        ip: z.string().nullable(),
        expect: z.enum(OUTCOMES),
      }),
    )
    .length(REQUESTS),
})

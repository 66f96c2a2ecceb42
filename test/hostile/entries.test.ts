/** Every public entry takes whatever it is given: it answers, or refuses with an error of the package, and nothing is left behind. */
import { createBailiwick, defineCatalog, parseName, printName, scannerPattern } from 'bailiwick'
import { secretScanning } from 'bailiwick/github'
import { memoryStorage } from 'bailiwick/storage/memory'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compileStanding, compileToken } from '../../src/core/compile.ts'
import { sessionSubject, tokenSubject } from '../../src/core/snapshot.ts'
import { guard } from '../../src/middleware/fetch.ts'
import { EDGE } from '../spec/catalogs.ts'
import { HOSTILE, mayComeOut, prototypesOf } from './values.ts'

const { declared } = EDGE
const catalog = defineCatalog<Record<never, never>, Record<never, never>, Record<never, never>, Record<never, never>>(
  declared as never,
)
const storage = memoryStorage()
const bw = createBailiwick({ catalog, storage, importedKeys: { sha256: true }, onError: () => {} })
const POLICY = { effect: 'allow', permissionGroups: ['dns'], resources: ['account:acme'] }
const TOKEN = { owner: { user: 'ann' }, name: 'x', policies: [POLICY] }

let id = ''
let value = ''
const before = prototypesOf()

beforeAll(async () => {
  await bw.accounts.create({ id: 'acme', name: 'Acme', owner: 'ann' })
  const created = await bw.tokens.create(TOKEN as never)
  id = created.token.id
  value = created.value
})
afterAll(() => expect(prototypesOf(), 'prototypes').toBe(before))

/** Each with the hostile value in one place; the rest is right. */
type Door = (hostile: never) => unknown

const ADMINISTRATION: Readonly<Record<string, Door>> = {
  'accounts.create': (v) => bw.accounts.create(v),
  'accounts.create, its id': (v) => bw.accounts.create({ id: v, name: 'x', owner: 'ann' }),
  'accounts.create, its rules': (v) => bw.accounts.create({ id: 'a', name: 'x', owner: 'ann', tokenRules: v }),
  'accounts.get': (v) => bw.accounts.get(v),
  'accounts.rename': (v) => bw.accounts.rename('acme', v),
  'accounts.setApiAccess': (v) => bw.accounts.setApiAccess('acme', v),
  'accounts.setTokenRules': (v) => bw.accounts.setTokenRules('acme', v),
  'accounts.previewTokenRules': (v) => bw.accounts.previewTokenRules('acme', v),
  'accounts.credentials': (v) => bw.accounts.credentials('acme', v),
  'accounts.credentials, its page': (v) => bw.accounts.credentials('acme', {}, v),
  'accounts.blockToken': (v) => bw.accounts.blockToken('acme', v),
  'members.add': (v) => bw.members.add('acme', v),
  'members.add, its policies': (v) => bw.members.add('acme', { user: 'bob', policies: v }),
  'members.add, its roles': (v) => bw.members.add('acme', { user: 'bob', roles: v }),
  'members.get': (v) => bw.members.get('acme', v),
  'members.update': (v) => bw.members.update('acme', { user: 'ann' }, v),
  'members.access': (v) => bw.members.access('acme', v),
  'members.setReadmitted': (v) => bw.members.setReadmitted('acme', { user: 'ann' }, v),
  'users.suspend': (v) => bw.users.suspend(v),
  'tokens.create': (v) => bw.tokens.create(v),
  'tokens.create, its owner': (v) => bw.tokens.create({ ...TOKEN, owner: v } as never),
  'tokens.create, its policies': (v) => bw.tokens.create({ ...TOKEN, policies: v } as never),
  'tokens.create, a policy': (v) => bw.tokens.create({ ...TOKEN, policies: [v] } as never),
  'tokens.create, its groups': (v) =>
    bw.tokens.create({ ...TOKEN, policies: [{ ...POLICY, permissionGroups: v }] } as never),
  'tokens.create, a group': (v) =>
    bw.tokens.create({ ...TOKEN, policies: [{ ...POLICY, permissionGroups: [v] }] } as never),
  'tokens.create, a selector': (v) =>
    bw.tokens.create({ ...TOKEN, policies: [{ ...POLICY, resources: [v] }] } as never),
  'tokens.create, a condition': (v) => bw.tokens.create({ ...TOKEN, policies: [{ ...POLICY, condition: v }] } as never),
  'tokens.create, a list of addresses': (v) =>
    bw.tokens.create({ ...TOKEN, policies: [{ ...POLICY, condition: { ip: { in: v } } }] } as never),
  'tokens.create, its own condition': (v) => bw.tokens.create({ ...TOKEN, condition: v } as never),
  'tokens.create, a time': (v) => bw.tokens.create({ ...TOKEN, expiresOn: v } as never),
  'tokens.create, its origin': (v) => bw.tokens.create(TOKEN as never, v),
  'tokens.import': (v) => bw.tokens.import(v),
  'tokens.import, its digest': (v) => bw.tokens.import({ ...TOKEN, digest: v } as never),
  'tokens.get': (v) => bw.tokens.get(v),
  'tokens.get, an owner': (v) => bw.tokens.get({ id, owner: v }),
  'tokens.list': (v) => bw.tokens.list(v),
  'tokens.update': (v) => bw.tokens.update(id, v),
  'tokens.update, a policy it has': async (v) => {
    const [policy] = (await bw.tokens.get(id))?.policies ?? []
    return bw.tokens.update(id, { policies: [{ ...policy, condition: v }] } as never)
  },
  'tokens.addPolicies': (v) => bw.tokens.addPolicies(id, v),
  'tokens.addPolicies, a condition': (v) => bw.tokens.addPolicies(id, [{ ...POLICY, condition: v }] as never),
  'tokens.removePolicies': (v) => bw.tokens.removePolicies(id, v),
  'tokens.roll': (v) => bw.tokens.roll(id, v),
  'tokens.moveOverlap': (v) => bw.tokens.moveOverlap(id, v),
  'tokens.reportLeaked': (v) => bw.tokens.reportLeaked(v, { source: 'test' }),
  'tokens.reportLeaked, its evidence': (v) => bw.tokens.reportLeaked('unknown', v),
  'tokens.remind': (v) => bw.tokens.remind(v),
  'audit.list': (v) => bw.audit.list(v),
  'audit.list, its query': (v) => bw.audit.list({ account: 'acme' }, v),
  'audit.list, its page': (v) => bw.audit.list({ account: 'acme' }, {}, v),
  'audit.list, an actor': (v) => bw.audit.list({ account: 'acme' }, { actor: v }),
  'audit.verify': (v) => bw.audit.verify({ account: 'acme' }, v),
  'audit.prune': (v) => bw.audit.prune({ account: 'acme' }, v),
  'reports.unused': (v) => bw.reports.unused('acme', v),
  'resources.forget': (v) => bw.resources.forget(v),
  'peppers.remaining': (v) => bw.peppers.remaining(v),
}

const DECISIONS: Readonly<Record<string, Door>> = {
  authenticate: (v) => bw.authenticate(v),
  'authenticate, its address': (v) => bw.authenticate(value, { ip: v }),
  'authenticate, the id of its request': (v) => bw.authenticate(value, { requestId: v }),
  'authenticate, from': (v) => bw.authenticate(value, v ?? undefined),
  session: (v) => bw.session({ user: v }),
  'accessOf a token': (v) => bw.accessOf({ token: v }),
  'accessOf a user': (v) => bw.accessOf({ user: v }),
  'tokens.verify': (v) => bw.tokens.verify(v),
  'access.check, its permission': async (v) => (await bw.authenticate(value)).check(v, 'account:acme/zone:a' as never),
  'access.check, its resource': async (v) => (await bw.authenticate(value)).check('dns.read' as never, v),
  'access.checkAll': async (v) => (await bw.authenticate(value)).checkAll([v]),
  'access.explain': async (v) => (await bw.authenticate(value)).explain('dns.read' as never, v),
  'access.filter': async (v) => (await bw.authenticate(value)).filter('dns.read' as never, [1], () => v),
  'access.refuse': async (v) => (await bw.authenticate(value)).refuse('dns.read' as never, v),
  parseName: (v) => parseName(v),
  printName: (v) => printName([{ type: 'account', id: v }]),
  'printName, a type': (v) => printName([{ type: v, id: 'acme' }]),
  'a name builder': (v) => Reflect.get(bw.name, 'zone')('acme', v),
  scannerPattern: (v) => scannerPattern(v),
}

const PROGRAMMING: Readonly<Record<string, Door>> = {
  defineCatalog: (v) => defineCatalog(v),
  'defineCatalog, its types': (v) => defineCatalog({ ...declared, resources: v } as never),
  'defineCatalog, a type': (v) => defineCatalog({ ...declared, resources: { zone: v } } as never),
  'defineCatalog, a permission': (v) => defineCatalog({ ...declared, permissions: { 'a.b': v } } as never),
  'defineCatalog, a group': (v) => defineCatalog({ ...declared, groups: { a: v } } as never),
  'defineCatalog, a role': (v) => defineCatalog({ ...declared, roles: { a: v } } as never),
  'defineCatalog, its templates': (v) => defineCatalog({ ...declared, templates: v } as never),
  createBailiwick: (v) => createBailiwick(v),
  'createBailiwick, its freshness': (v) => createBailiwick({ catalog, storage, freshness: v }),
  'createBailiwick, its cache': (v) => createBailiwick({ catalog, storage, cache: v }),
  'createBailiwick, its limits': (v) => createBailiwick({ catalog, storage, limits: v }),
  'createBailiwick, its prefix': (v) => createBailiwick({ catalog, storage, prefix: v }),
  'createBailiwick, its peppers': (v) => createBailiwick({ catalog, storage, peppers: { current: 'a', keys: v } }),
  'createBailiwick, its last uses': (v) => createBailiwick({ catalog, storage, lastUse: v }),
  'a guard, its permission': (v) => guard(bw, v, 'account:acme' as never, { ip: 'none' }),
  'a guard, its pattern': (v) => guard(bw, 'dns.read' as never, v, { ip: 'none' }),
  'a guard, its demands': (v) => guard.all(bw, [v], { ip: 'none' }),
  'secretScanning, its keys': (v) => secretScanning(bw, { keys: v }),
  'secretScanning, its address': (v) => secretScanning(bw, { url: v }),
  'a delivery, its headers': (v) =>
    secretScanning(bw, { keys: async () => [] })({ keyId: v, signature: v, body: null }),
  'a delivery, its body': (v) => secretScanning(bw, { keys: async () => [] })({ keyId: 'a', signature: 'a', body: v }),
}

const token = {
  ...{ id: 't', name: 'x', owner: { user: 'ann' }, policies: [{ id: 'p', ...POLICY }], status: 'active' },
  ...{ apiAccess: null, issuedOn: 1, issuedBy: 'host', modifiedOn: 1, secretIssuedOn: 1, revision: 1 },
}
const account = { id: 'acme', name: 'x', status: 'active', apiAccess: true, tokenRules: {}, revision: 1 }
const member = {
  ...{ account: 'acme', kind: 'user', id: 'ann', status: 'active', since: 0, readmitted: false },
  ...{ roles: ['administrator'], policies: [], apiAccess: null, revision: 1 },
}
const rest = { secrets: { digest: '' }, user: null, blockedIn: [], revisions: new Map() }

const STORED: Readonly<Record<string, Door>> = {
  ...Object.fromEntries(
    Object.keys(token).map((field) => [
      `a token's ${field}`,
      (v) => compileToken(catalog, { ...token, [field]: v } as never),
    ]),
  ),
  ...Object.fromEntries(
    Object.keys(account).map((field) => [
      `an account's ${field}`,
      (v) =>
        tokenSubject(catalog, {
          ...rest,
          token: token as never,
          standings: [{ account: { ...account, [field]: v } as never, member: member as never }],
        }),
    ]),
  ),
  ...Object.fromEntries(
    Object.keys(member).map((field) => [
      `a member's ${field}`,
      (v) =>
        sessionSubject(catalog, 'ann', {
          ...rest,
          standings: [{ account: account as never, member: { ...member, [field]: v } as never }],
        }),
    ]),
  ),
  "a user's status": (v) => sessionSubject(catalog, 'ann', { ...rest, user: { id: 'ann', status: v }, standings: [] }),
  "a policy's condition": (v) =>
    compileToken(catalog, { ...token, policies: [{ id: 'p', ...POLICY, condition: v }] } as never),
  "a member's policy": (v) =>
    compileStanding(catalog, { account: account as never, member: { ...member, policies: [v] } as never }),
}

describe.each([
  ['what administrators send', ADMINISTRATION],
  ['what requests bring', DECISIONS],
  ['what programmers write', PROGRAMMING],
  ['what storage holds', STORED],
])('%s', (_, doors) => {
  for (const [name, door] of Object.entries(doors))
    test(`${name}: no value makes it throw what is not an error of the package`, async () => {
      const wrong: string[] = []
      for (const [value, make] of Object.entries(HOSTILE)) {
        try {
          await door(make() as never)
        } catch (error) {
          if (!mayComeOut(error)) wrong.push(`${value}: ${error}`)
        }
      }
      expect(wrong).toEqual([])
    })
})

describe('after all of that', () => {
  test('nothing was let in that was not there before', async () => {
    const access = await bw.authenticate('__proto__')
    expect(access.denial?.reason).toBe('credential_unknown')
    expect(await bw.accounts.get('__proto__' as never)).toBeNull()
    const stranger = await bw.session({ user: 'toString' })
    expect(stranger.check('dns.read' as never, 'account:acme/zone:a' as never).reason).toBe('not_a_member')
  })
})

import { describe, expect, it } from 'vitest'
import type { Catalog } from '../../src/core/catalog.ts'
import type { CatalogDefinition, CatalogShape, SlotsOf } from '../../src/core/catalog-types.ts'
import { defineCatalog } from '../../src/core/define.ts'
import { type FilledTemplate, fillTemplate } from '../../src/core/template.ts'

const GOOD = {
  resources: {
    zone: { in: 'account', id: /[a-z0-9.-]+/ },
    record: { in: 'zone' },
    namespace: { in: 'account' },
    device: { in: 'user' },
  },
  permissions: {
    'dns.read': { on: ['zone', 'record'] },
    'dns.write': { on: 'record' },
    'dns.export': { on: 'zone', deep: true },
    'kv.read': { on: 'namespace' },
    'kv.old': { on: 'namespace', deprecated: true },
    'kv.gone': { on: 'namespace', retired: true },
    'device.ping': { on: 'device' },
  },
  groups: {
    dns: { name: 'DNS', permissions: ['dns.*'] },
    kv: { name: 'KV', permissions: ['kv.read'] },
    old: { name: 'Old', permissions: ['kv.read'], deprecated: true },
    gone: { name: 'Gone', permissions: ['kv.read'], retired: true },
    hollow: { name: 'Hollow', permissions: ['kv.gone'] },
  },
  roles: { owner: { name: 'Owner', owner: true, groups: ['dns'] } },
} satisfies CatalogDefinition

const catalog = define({
  'dns-01': {
    name: 'Answer DNS-01 challenges',
    slots: { zone: 'zone' },
    policies: [{ permissionGroups: ['dns'], resources: ['{zone}/record:TXT,_acme-challenge.*'] }],
  },
  worker: {
    name: 'Worker',
    slots: { zone: 'zone', store: 'namespace' },
    policies: [
      { permissions: ['dns.read', 'kv.read'], resources: ['{zone}', '{store}'] },
      { effect: 'deny', permissions: ['dns.write'], resources: ['{zone}/record:NS,*'] },
    ],
  },
  'read-all': { name: 'Read all', slots: { account: 'account' }, policies: [one({ resources: ['{account}'] })] },
  mine: {
    name: 'Mine',
    slots: { user: 'user' },
    policies: [{ permissions: ['device.ping'], resources: ['{user}/device:*'] }],
  },
})

describe('a template', () => {
  it('stands in the catalog as it is declared, with `allow` where no effect is given', () => {
    const { name, slots, policies } = catalog.templates.get('worker') ?? {}
    expect([name, [...(slots ?? [])].map(([slot, type]) => [slot, type.name])]).toEqual([
      'Worker',
      [
        ['zone', 'zone'],
        ['store', 'namespace'],
      ],
    ])
    expect(policies?.map(({ effect }) => effect)).toEqual(['allow', 'deny'])
  })

  it('is one of none where none is declared', () => {
    expect(defineCatalog(GOOD as CatalogDefinition).templates.size).toBe(0)
  })

  it('is filled with a name', () => {
    expect(fill('dns-01', { zone: 'account:acme/zone:z1' })).toEqual({
      name: 'Answer DNS-01 challenges',
      policies: [
        {
          effect: 'allow',
          permissionGroups: ['dns'],
          resources: ['account:acme/zone:z1/record:TXT,_acme-challenge.*'],
        },
      ],
    })
  })

  it('is filled with several values for several slots, each once', () => {
    const [a, b, n] = ['account:acme/zone:a', 'account:b/zone:*', 'account:acme/namespace:n*']
    expect(filled('worker', { zone: [a, b, a], store: n }).policies).toEqual([
      { effect: 'allow', permissions: ['dns.read', 'kv.read'], resources: [a, b, n] },
      { effect: 'deny', permissions: ['dns.write'], resources: [`${a}/record:NS,*`, `${b}/record:NS,*`] },
    ])
  })

  it("is filled with whole accounts and with a person's own root", () => {
    expect(filled('read-all', { account: ['account:*', 'account:acme'] }).policies[0]?.resources).toHaveLength(2)
    expect(filled('mine', { user: 'user:u_1' }).policies[0]?.resources).toEqual(['user:u_1/device:*'])
  })

  it('is filled with the values that were checked, whatever they turn into', () => {
    let reads = 0
    const zone = ['account:a/zone:z']
    Object.defineProperty(zone, 0, { get: () => (reads++ === 0 ? 'account:a/zone:z' : 'account:*') })
    expect(filled('dns-01', { zone }).policies[0]?.resources).toEqual(['account:a/zone:z/record:TXT,_acme-challenge.*'])
  })
})

describe('a template is not filled', () => {
  it.each<[string, string, unknown, readonly unknown[]]>([
    ['that does not exist', 'dns-1', {}, [['template'], 'unknown_template', /did you mean `dns-01`/]],
    ['with what is no object', 'dns-01', null, [['slots'], 'bad_type', /object/]],
    ['with a number instead of slots', 'dns-01', 7, [['slots'], 'bad_type', /object/]],
    ['with a list', 'dns-01', ['account:a/zone:a'], [['slots'], 'bad_type', /object/]],
    ['without a slot', 'dns-01', {}, [['slots', 'zone'], 'required', /name of a `zone`/]],
    ['with an empty list', 'dns-01', { zone: [] }, [['slots', 'zone'], 'empty_list', /at least one/]],
    ['with a number', 'dns-01', { zone: 7 }, [['slots', 'zone'], 'bad_type', /name of a `zone`/]],
    ['with a list that has holes', 'dns-01', { zone: new Array(1) }, [['slots', 'zone', 0], 'bad_type', /`zone`/]],
    ['with what is no selector', 'dns-01', { zone: 'z1' }, [['slots', 'zone'], 'bad_selector', /no `type:id` pair/]],
    [
      'with an id that the type does not have',
      'dns-01',
      { zone: 'account:a/zone:Z' },
      [['slots', 'zone'], 'bad_selector', /no id of a `zone`/],
    ],
    [
      'with another type',
      'dns-01',
      { zone: 'account:a/namespace:n' },
      [['slots', 'zone'], 'wrong_type', /type `namespace`, and the slot takes a `zone`/],
    ],
    ['with what lies above', 'dns-01', { zone: 'account:a' }, [['slots', 'zone'], 'wrong_type', /type `account`/]],
    [
      'with what lies beneath',
      'dns-01',
      { zone: 'account:a/zone:z/record:r' },
      [['slots', 'zone'], 'wrong_type', /type `record`/],
    ],
    [
      'with a prefix where pairs follow',
      'dns-01',
      { zone: 'account:a/zone:z*' },
      [['slots', 'zone'], 'bad_selector', /can't follow it: .* may only stand last/],
    ],
    ['with every user', 'mine', { user: 'user:*' }, [['slots', 'user'], 'bad_selector', /no canonical id/]],
    [
      'with a name so long that nothing can follow',
      'dns-01',
      { zone: `account:${'%C3%A9'.repeat(512)}/zone:${'a'.repeat(1_000)}` },
      [['slots', 'zone'], 'bad_selector', /can't follow it: a selector has at most 4096/],
    ],
    [
      'with what every object has',
      'dns-01',
      Object.create({ zone: 'account:a/zone:z' }),
      [['slots', 'zone'], 'required', /./],
    ],
  ])('%s', (_what, template, slots, [path, code, message]) => {
    expect(issues(template, slots)).toEqual([{ path, code, message: expect.stringMatching(message as RegExp) }])
  })

  it('and everything that is wrong is said at once', () => {
    const slots = { zon: 'x', zone: ['account:a/zone:z', 'nonsense', 7], store: 'account:a/zone:z' }
    expect(issues('worker', slots).map(({ path, code }) => [path.join('.'), code])).toEqual([
      ['slots.zon', 'unknown_slot'],
      ['slots.zone.1', 'bad_selector'],
      ['slots.zone.2', 'bad_type'],
      ['slots.store', 'wrong_type'],
    ])
    expect(issues('worker', slots)[0]?.message).toMatch(/did you mean `zone`\?.*known here: `zone`, `store`/)
  })
})

describe('what was meant is looked for', () => {
  const suggested = (slots: unknown) =>
    issues('dns-01', slots).filter(({ message }) => message.includes('did you mean'))

  it('where a value has an unknown type', () => {
    expect(suggested({ zone: 'account:a/zoen:z' })).toEqual([
      {
        path: ['slots', 'zone'],
        code: 'bad_selector',
        message: '`account:a/zoen:z`: unknown resource type `zoen` (did you mean `zone`?)',
      },
    ])
  })

  it('a few times, however many values and slots are unknown', () => {
    const zone = Array.from({ length: 50 }, () => 'account:a/zoen:z')
    const others = Object.fromEntries(zone.map((_, i) => [`zone${i}`, 'x']))
    expect(suggested({ zone })).toHaveLength(10)
    expect(suggested({ zone, ...others })).toHaveLength(10)
  })
})

describe('a declared template is refused', () => {
  it.each<[string, object, RegExp]>([
    ['with a malformed id', { 'a b': good({}) }, /template id `a b` must be/],
    [
      'with an unknown field',
      { t: good({ slot: {} }) },
      /template `t` has unknown field `slot` \(did you mean `slots`/,
    ],
    ['without a name', { t: good({ name: '' }) }, /template `t` needs `name` to be text/],
    ['without a list of policies', { t: good({ policies: one({}) }) }, /`policies` to be a list of objects/],
    ['without policies', { t: good({ policies: [] }) }, /template `t` has no policies/],
    [
      'with a slot that begins with a digit',
      { t: good({ slots: { '1zone': 'zone' } }) },
      /slot `1zone` of template `t`/,
    ],
    ['with a slot of 65 characters', { t: good({ slots: { ['z'.repeat(65)]: 'zone' } }) }, /at most 64 characters/],
    ['with a malformed slot', { t: good({ slots: { 'a}': 'zone' } }) }, /slot `a}` of template `t` must match/],
    [
      'with a slot of an unknown type',
      { t: good({ slots: { zone: 'zoe' } }) },
      /takes unknown type `zoe` \(did you mean `zone`\?\)/,
    ],
    ['with a slot of no type', { t: good({ slots: { zone: 7 } }) }, /takes unknown type `7`/],
    [
      'with a slot that nothing uses',
      { t: good({ slots: { zone: 'zone', store: 'namespace' } }) },
      /template `t` has a slot `store` that no resource uses/,
    ],
    [
      'with an unknown field of a policy',
      { t: policy({ efect: 'deny' }) },
      /^a policy of template `t` has unknown field `efect` \(did you mean `effect`/,
    ],
    ['with another effect', { t: policy({ effect: 'maybe' }) }, /`effect` to be `allow` or `deny`/],
    ['with groups and permissions', { t: policy({ permissionGroups: ['dns'] }) }, /needs either/],
    ['with neither', { t: policy({ permissions: undefined }) }, /needs either/],
    ['with an empty list of permissions', { t: policy({ permissions: [] }) }, /empty list of permissions/],
    [
      'with an empty list of groups',
      { t: policy({ permissions: undefined, permissionGroups: [] }) },
      /empty list of groups/,
    ],
    ['without resources', { t: policy({ resources: [] }) }, /has no resources/],
    [
      'with an unknown group',
      { t: policy({ permissions: undefined, permissionGroups: ['dms'] }) },
      /names unknown group `dms` \(did you mean `dns`\?\)/,
    ],
    ['with an unknown permission', { t: policy({ permissions: ['dns.raed'] }) }, /did you mean `dns.read`/],
    ['with a wildcard', { t: policy({ permissions: ['dns.*'] }) }, /unknown permission `dns.\*`/],
    [
      'with a deprecated group',
      { t: policy({ permissions: undefined, permissionGroups: ['old'] }) },
      /group `old`, which is deprecated/,
    ],
    [
      'with a retired group',
      { t: policy({ permissions: undefined, permissionGroups: ['gone'] }) },
      /group `gone`, which is retired/,
    ],
    ['with a deprecated permission', { t: policy({ permissions: ['kv.old'] }) }, /`kv.old`, which is deprecated/],
    ['with a retired permission', { t: policy({ permissions: ['kv.gone'] }) }, /`kv.gone`, which is retired/],
    ['with a resource of no slot', { t: policy({ resources: ['account:a/zone:z'] }) }, /must be a slot in braces/],
    ['with a slot that is not first', { t: policy({ resources: ['account:a/{zone}'] }) }, /must be a slot in braces/],
    ['with text after a slot', { t: policy({ resources: ['{zone}x'] }) }, /must be a slot in braces/],
    ['with two slots in one resource', { t: policy({ resources: ['{zone}/{zone}'] }) }, /no `type:id` pair/],
    [
      'with an unknown slot',
      { t: policy({ resources: ['{zon}'] }) },
      /has unknown slot `zon` \(did you mean `zone`\?\)/,
    ],
    ['with pairs that end in nothing', { t: policy({ resources: ['{zone}/'] }) }, /can't become a selector/],
    [
      'with an unknown type beneath the slot',
      { t: policy({ resources: ['{zone}/recrod:x'] }) },
      /unknown resource type `recrod` \(did you mean `record`\?\)/,
    ],
    [
      'with a type that does not nest there',
      { t: policy({ resources: ['{zone}/namespace:x'] }) },
      /`namespace` is not in `zone`/,
    ],
    ['with an id that is not canonical', { t: policy({ resources: ['{zone}/record:%41'] }) }, /no canonical id/],
    [
      'with a permission that is on nothing there',
      { t: policy({ permissions: ['dns.read', 'kv.read'] }) },
      /`kv.read` can match none of the resources/,
    ],
    [
      'with a permission that is only above the resource',
      { t: policy({ permissions: ['dns.export'], resources: ['{zone}/record:*'] }) },
      /`dns.export` can match none/,
    ],
    [
      'with a group in which nothing is left',
      { t: policy({ permissions: undefined, permissionGroups: ['hollow'] }) },
      /`hollow` can match none/,
    ],
    [
      'with a resource that nothing matches',
      {
        t: good({
          slots: { zone: 'zone', store: 'namespace' },
          policies: [one({ permissions: ['dns.read'], resources: ['{zone}', '{store}'] })],
        }),
      },
      /`{store}` is matched by nothing that the policy names/,
    ],
  ])('%s', (_what, templates, message) => {
    expect(() => define(templates)).toThrow(
      expect.objectContaining({ code: 'ERR_BAILIWICK_CATALOG', message: expect.stringMatching(message) }),
    )
  })

  it('but a deny of a deep permission may stand beneath what it is on', () => {
    const deny = { effect: 'deny', permissions: ['dns.export'], resources: ['{zone}/record:*'] }
    expect(define({ t: good({ policies: [one({}), deny] }) }).templates.get('t')?.policies).toHaveLength(2)
  })
})

describe('a slot', () => {
  it('may have a name of 64 characters', () => {
    const slot = 'z'.repeat(64)
    const template = good({ slots: { [slot]: 'zone' }, policies: [one({ resources: [`{${slot}}`] })] })
    expect(define({ t: template }).templates.get('t')?.slots.size).toBe(1)
  })

  it('may take what a pattern leaves few ids', () => {
    const resources = { ...GOOD.resources, zone: { in: 'account', id: /\d+/ } }
    const definition = { ...GOOD, resources, templates: { t: good({}) } }
    expect(defineCatalog(definition as CatalogDefinition).templates.size).toBe(1)
  })
})

/** The good catalog with these templates, as JavaScript without types could write them. */
function define(templates: object): Catalog {
  return defineCatalog({ ...GOOD, templates } as CatalogDefinition)
}

function one(changes: object): object {
  return { permissions: ['dns.read'], resources: ['{zone}'], ...changes }
}

function good(changes: object): object {
  return { name: 'T', slots: { zone: 'zone' }, policies: [one({})], ...changes }
}

function policy(changes: object): object {
  return good({ policies: [one(changes)] })
}

function fill(template: string, slots: unknown) {
  return fillTemplate(catalog, template, slots as SlotsOf<CatalogShape, string>)
}

function filled(template: string, slots: unknown): FilledTemplate {
  const result = fill(template, slots)
  if ('issues' in result) throw new Error(JSON.stringify(result.issues))
  return result
}

function issues(template: string, slots: unknown) {
  const result = fill(template, slots)
  return 'issues' in result ? result.issues : []
}

/** No secret anywhere: everything that is handed out, thrown, told or written is searched for each secret there was, in every spelling. */
import { hash } from 'node:crypto'
import { inspect } from 'node:util'
import { createBailiwick, defineCatalog, type Storage } from 'bailiwick'
import { secretScanning } from 'bailiwick/github'
import { memoryStorage } from 'bailiwick/storage/memory'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { FRAMEWORKS, send } from '../middleware/servers.ts'
import { delivery, KEY } from '../webhook/helpers.ts'
import { leaks, type Secret, type Seen } from './secret-search.ts'

const catalog = defineCatalog({
  resources: { zone: { in: 'account' } },
  permissions: { 'dns.read': { on: 'zone', audit: true }, 'dns.write': { on: 'zone' } },
  groups: { dns: { name: 'DNS', permissions: ['dns.*'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['dns'] } },
})
const POLICY = { effect: 'allow', permissionGroups: ['dns'], resources: ['account:acme'] } as const
const Z1 = 'account:acme/zone:z1'

/** What must not be met again, and what it is called. */
const secrets: Secret[] = []
/** What came out, and where. */
const seen: Seen[] = []

const see = <T>(where: string, thing: T): T => {
  seen.push({ where, thing })
  return thing
}
const guard = (value: string): string => {
  secrets.push({ what: 'a value', text: value }, { what: 'a secret', text: value.slice(-49, -6) })
  return value
}

/** What is thrown is seen too. */
const attempt = async (where: string, work: () => unknown): Promise<void> => {
  try {
    see(where, await work())
  } catch (error) {
    see(`${where}, thrown`, error)
  }
}

const console_ = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) =>
  vi.spyOn(console, name).mockImplementation((...said) => void seen.push({ where: `console.${name}`, thing: said })),
)
const onWarning = (warning: Error): void => void see('a warning of the process', warning)

/** A storage that, where it fails, throws back all it was asked, as drivers do with the text of their statements. */
function echoing(inner: Storage, isDown: () => boolean): Storage {
  return new Proxy(inner, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return (...asked: unknown[]) => {
        if (isDown())
          return Promise.reject(new Error(`no answer to ${String(name)} ${inspect(asked, { depth: null })}`))
        return method.apply(target, asked)
      }
    },
  })
}

let isDown = false
const storage = echoing(memoryStorage(), () => isDown)
const bw = createBailiwick({
  catalog,
  storage,
  importedKeys: { sha256: true },
  peppers: { current: 'p1', keys: { p1: 'the pepper of this canary, long enough' } },
  freshness: { mode: 'strict' },
  onError: (error) => void see('onError', error),
  onDecision: (event) => void see('onDecision', event),
  onExpiring: (event) => void see('onExpiring', event),
})

beforeAll(async () => {
  process.on('warning', onWarning)
  secrets.push({ what: 'a pepper', text: 'the pepper of this canary, long enough' })
  await bw.accounts.create({ id: 'acme', name: 'Acme', owner: 'ann' })
  const made = await bw.tokens.create({
    ...{ owner: { user: 'ann' }, name: 'x', policies: [POLICY], expiresOn: Date.now() + 60_000 },
  })
  const first = guard(made.value)
  see('tokens.create, but for the value', { ...made, value: null })
  const rolled = await bw.tokens.roll(made.token.id, { overlapMs: 50_000 })
  const second = guard(rolled.value)
  see('tokens.roll, but for the value', { ...rolled, value: null })
  const key = guard(`a key of another make ${'k'.repeat(60)}`)
  await attempt('tokens.import', () =>
    bw.tokens.import({
      ...{ owner: { user: 'ann' }, name: 'y', policies: [POLICY] },
      digest: { scheme: 'sha256-hex', value: hash('sha256', key, 'hex') },
    }),
  )
  const wrong = guard(`${second.slice(0, -7)}${second.at(-7) === 'a' ? 'b' : 'a'}${second.slice(-6)}`)
  const values = [first, second, key, wrong, `${first} `, first.slice(0, -1), first.toUpperCase(), `Bearer ${second}`]

  for (const down of [false, true]) {
    isDown = down
    for (const value of values) await present(value, made.token.id)
  }
  isDown = false
  for (const value of [first, second, wrong, `${first} `, first.slice(0, -1)]) await misplace(value)
  for (const value of values) await throughGuards(value, value === key ? 'z1' : value)
  const { value } = await bw.tokens.create({ owner: { account: 'acme' }, name: 'z', policies: [POLICY] })
  guard(value)
  await attempt('tokens.reportLeaked', () =>
    bw.tokens.reportLeaked(value, { source: 'test', url: `https://x.example/${value}` }, { from: value }),
  )
  await present(value, made.token.id)
  await misplace(value)
  for (const of of [{ account: 'acme' }, { user: 'ann' }])
    await attempt('audit', async () => [await bw.audit.list(of), await bw.audit.verify(of)])
  await attempt('tokens.remind', () => bw.tokens.remind({ since: Date.now() - 59_000, leadTimesMs: [60_000] }))
  await attempt('storage, but for digests', () => bw.tokens.list({ user: 'ann' }))
  await bw.flush()
  await new Promise((resolve) => setTimeout(resolve, 20))
  see('the engine', bw)
})
afterAll(() => {
  process.off('warning', onWarning)
  for (const spy of console_) spy.mockRestore()
})

/** Presents a value wherever one may be presented. */
async function present(value: string, id: string): Promise<void> {
  await attempt('authenticate', async () => {
    const access = see('an access', await bw.authenticate(value, { ip: '203.0.113.9', requestId: 'r1' }))
    see('its denial', access.denial)
    see('its principal', access.principal)
    await attempt('check', () => access.check('dns.read', Z1))
    await attempt('require', () => access.require('dns.write', Z1))
    await attempt('explain', () => access.explain('dns.read', Z1))
    await attempt('refresh', () => access.refresh())
  })
  await attempt('verify', () => bw.tokens.verify(value))
  await attempt('get', () => bw.tokens.get(id))
}

/** Puts a credential wherever a name may stand, as somebody does who pastes the wrong line. An imported key has no shape to know it by. */
async function misplace(value: string): Promise<void> {
  await attempt('a resource of that name', async () => {
    const access = await bw.authenticate(value, { ip: value, requestId: value })
    await attempt('an unknown permission', () => access.check(value as 'dns.read', Z1))
    await attempt('check', () => access.check('dns.read', `account:acme/zone:${value}`))
    await attempt('require', () => access.require('dns.write', `account:acme/zone:${value}`))
    await attempt('explain', () => access.explain('dns.read', `account:acme/zone:${value}`))
    await attempt('explain', () => access.explain('dns.write', value as 'account:acme/zone:z1'))
  })
  await attempt('get', () => bw.tokens.get(value))
  await attempt('revoke', () => bw.tokens.revoke(value))
  await attempt('an account of that name', () => bw.accounts.rename(value, 'x'))
  await attempt('a group of that name', () =>
    bw.tokens.create({
      owner: { user: 'ann' },
      name: 'x',
      policies: [{ ...POLICY, permissionGroups: [value] }],
    } as never),
  )
  await attempt('a selector of that name', () =>
    bw.tokens.create({ owner: { user: 'ann' }, name: 'x', policies: [{ ...POLICY, resources: [value] }] } as never),
  )
  await attempt('a field of that name', () => bw.tokens.create({ [value]: value } as never))
  await attempt('an address of that name', () =>
    bw.tokens.create({ owner: { user: 'ann' }, name: 'x', policies: [POLICY], condition: { ip: { in: [value] } } }),
  )
  await attempt('a digest of that name', () =>
    bw.tokens.import({
      ...{ owner: { user: 'ann' }, name: 'x', policies: [POLICY], digest: { scheme: 'sha256-hex', value } },
    }),
  )
  await attempt('a role of that name', () => bw.members.add('acme', { user: 'bob', roles: [value as 'owner'] }))
  await attempt('an actor of that name', () =>
    bw.accounts.rename('acme', 'Acme', { by: { token: value }, from: value }),
  )
  await attempt('an audit log of that name', () => bw.audit.list({ account: 'acme' }, { action: value }))
  await attempt('a cursor of that name', () => bw.tokens.list({ user: 'ann' }, { after: value }))
  await attempt('an option of that name', () => createBailiwick({ catalog, storage, [value]: 1 } as never))
  await attempt('a prefix of that name', () => createBailiwick({ catalog, storage, prefix: value }))
  const scan = secretScanning(bw, {
    keys: [KEY.published],
    onError: (error) => void see('onError of the webhook', error),
    onLeak: (leak) => void see('onLeak', { ...leak, value: null }),
  })
  const found = [{ token: 'not ours', type: 'bailiwick', url: `https://x.example/${value}`, source: value }]
  await attempt('the webhook', () => scan(delivery(found)))
  await attempt('the webhook, unsigned', () => scan({ keyId: value, signature: value, body: Buffer.from(value) }))
}

async function throughGuards(value: string, zone: string): Promise<void> {
  for (const framework of FRAMEWORKS) {
    const { port, close } = await framework.start(
      { z: { make: ({ guard }) => guard(bw as never, 'dns.read' as never, 'account:{account}/zone:{zone}' as never) } },
      () => {},
    )
    try {
      const header = [['Authorization', `Bearer ${value}`]] as const
      await attempt(`${framework.name}`, () => send(port, '/z/acme/z1', header))
      await attempt(`${framework.name}, in the path`, () => send(port, `/z/acme/${encodeURIComponent(zone)}`, header))
      await attempt(`${framework.name}, twice`, () => send(port, '/z/acme/z1', [...header, ...header]))
      isDown = true
      await attempt(`${framework.name}, without storage`, () => send(port, '/z/acme/z1', header))
    } finally {
      isDown = false
      await close()
    }
  }
}

describe('no secret is met again', () => {
  test('the search finds what is hidden: in a cause, in a list, in another spelling, behind a getter', () => {
    const secret = secrets.find(({ text }) => /^bwk_u_.{71}$/.test(text))
    if (secret === undefined) throw new Error('there is no secret')
    const hidden = [
      new Error('x', { cause: new Error(secret.text) }),
      { deep: [[[{ [secret.text]: 1 }]]] },
      Buffer.from(secret.text).toString('hex'),
      {
        get value() {
          return secret.text
        },
      },
      `?key=${encodeURIComponent(secret.text)}`,
    ]
    for (const thing of hidden) expect(leaks([secret], [{ where: 'here', thing }])).toEqual([`here: ${secret.what}`])
  })

  test('everything was done that was to be searched', () => {
    const places = new Set(seen.map(({ where }) => where))
    expect(seen.length).toBeGreaterThan(400)
    expect(secrets.length).toBeGreaterThanOrEqual(11)
    for (const where of [
      'onError',
      'onDecision',
      'onExpiring',
      'audit',
      'verify',
      'express',
      'fastify',
      'hono',
      'koa',
      'fetch',
    ])
      expect(
        [...places].some((place) => place.startsWith(where)),
        where,
      ).toBe(true)
  })

  test('in what is handed out, thrown, told or logged', () => {
    expect(leaks(secrets, seen)).toEqual([])
  })

  test('in the principal of an event, where a host took a credential for the id of a person', async () => {
    const events: unknown[] = []
    const own = createBailiwick({ catalog, storage: memoryStorage(), onDecision: (event) => void events.push(event) })
    const secret = secrets.find(({ text }) => /^bwk_u_.{71}$/.test(text))
    const access = await own.session({ user: secret?.text ?? '' })
    access.check('dns.read', Z1)
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(leaks(secrets, [{ where: 'onDecision', thing: events }])).toEqual([])
  })
})
